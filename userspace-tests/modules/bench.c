// SPDX-License-Identifier: GPL-2.0
/*
 * kdal_bench: what a pair of allocation and free costs. Prints, when loaded,
 *
 *   kdal_bench: kmalloc-64 NNN mean NNN.NN
 *   kdal_bench: kmalloc-1024 NNN mean NNN.NN
 *   kdal_bench: kmalloc-const-64 NNN mean NNN.NN
 *   kdal_bench: kmalloc-const-1024 NNN mean NNN.NN
 *   kdal_bench: cache-200 NNN mean NNN.NN
 *
 * with the cycles of the CPU's counter per pair, or nanoseconds where it has none:
 * the median over stretches of 100 pairs, and the mean of all of them. Under QEMU
 * with "-icount shift=0,sleep=off -cpu qemu64 -smp 1" a cycle is one instruction,
 * and the numbers repeat. kmalloc-N has a size that the compiler does not know
 * (__kmalloc()), kmalloc-const-N one that it knows (__kmalloc_cache()).
 *
 * With path=1 it times nothing and prints the instructions that one pair of each
 * kind executes, see bench_path.c.
 */
#include <linux/irqflags.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/timex.h>

#include "bench.h"

/* Pairs timed in one stretch with interrupts off. */
#define CHUNK 100
#define CHUNKS_MAX 1000

static unsigned int iterations = 10000;
module_param(iterations, uint, 0444);

static bool path;
module_param(path, bool, 0444);

static unsigned int sizes[8] = { 64, 1024 };
static unsigned int nr_sizes = 2;
module_param_array(sizes, uint, &nr_sizes, 0444);

/* What the pairs below work on; set before they run. */
static size_t size;
static struct kmem_cache *cache;

static u64 times[CHUNKS_MAX];

/*
 * A kind of pair: NAME_alloc() and NAME_free(), and NAME_pairs() which has both
 * inline.
 */
#define BENCH_KIND(name, get, put)					\
static noinline __noclone void *name##_alloc(void)			\
{									\
	void *p = get;							\
									\
	OPTIMIZER_HIDE_VAR(p);						\
	return p;							\
}									\
									\
static noinline __noclone void name##_free(void *p)			\
{									\
	put;								\
	barrier();	/* its last call is no jump */			\
}									\
									\
static noinline __noclone void name##_pairs(unsigned int pairs)		\
{									\
	while (pairs--) {						\
		void *p = get;						\
									\
		OPTIMIZER_HIDE_VAR(p);					\
		put;							\
	}								\
}									\
									\
static const struct bench_kind name = {					\
	name##_alloc, name##_free, name##_pairs				\
}

BENCH_KIND(kmalloc_size, kmalloc(size, GFP_NOWAIT), kfree(p));
BENCH_KIND(kmalloc_64, kmalloc(64, GFP_NOWAIT), kfree(p));
BENCH_KIND(kmalloc_1024, kmalloc(1024, GFP_NOWAIT), kfree(p));
BENCH_KIND(cache_200, kmem_cache_alloc(cache, GFP_NOWAIT), kmem_cache_free(cache, p));

/* Not ktime alone: its clock may be one that stands with interrupts off. */
static u64 now(void)
{
	return get_cycles() ?: ktime_get_ns();
}

static u64 time_chunk(const struct bench_kind *kind)
{
	unsigned long flags;
	u64 start, end;

	local_irq_save(flags);
	start = now();
	kind->pairs(CHUNK);
	end = now();
	local_irq_restore(flags);
	return end - start;
}

static int cmp_times(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/* After one untimed round, which fills every cache. */
static void time_pairs(const char *name, const struct bench_kind *kind)
{
	unsigned int chunks = clamp(iterations / CHUNK, 1U, CHUNKS_MAX), i;
	u64 sum = 0, median, mean;
	u32 hundredths;

	for (i = 0; i < 2 * chunks; i++) {
		times[i % chunks] = time_chunk(kind);
		cond_resched();
	}
	for (i = 0; i < chunks; i++)
		sum += times[i];
	sort(times, chunks, sizeof(times[0]), cmp_times, NULL);
	median = div_u64(times[chunks / 2] + CHUNK / 2, CHUNK);
	mean = div_u64_rem(div_u64(sum * 100, chunks * CHUNK), 100, &hundredths);
	pr_info("%s %llu mean %llu.%02u\n", name, median, mean, hundredths);
}

static void run(const char *name, const struct bench_kind *kind)
{
	if (path)
		bench_path(name, kind);
	else
		time_pairs(name, kind);
}

static void run_all(void)
{
	char name[32];
	unsigned int i;

	for (i = 0; i < nr_sizes; i++) {
		size = sizes[i];
		snprintf(name, sizeof(name), "kmalloc-%zu", size);
		run(name, &kmalloc_size);
	}
	run("kmalloc-const-64", &kmalloc_64);
	run("kmalloc-const-1024", &kmalloc_1024);
	run("cache-200", &cache_200);
}

static int __init kdal_bench_init(void)
{
	cache = kmem_cache_create("kdal_bench", 200, 0, SLAB_NO_MERGE, NULL);
	if (!cache)
		return -ENOMEM;
	run_all();
	kmem_cache_destroy(cache);
	return 0;
}

static void __exit kdal_bench_exit(void)
{
}

module_init(kdal_bench_init);
module_exit(kdal_bench_exit);
MODULE_DESCRIPTION("Times pairs of allocation and free for KDAL's benchmark");
MODULE_LICENSE("GPL");
