// SPDX-License-Identifier: GPL-2.0
/*
 * kdal_bench: what a pair of allocation and free costs. Prints, when loaded, a line
 * for each case that "cases" names (see bench_kinds.c):
 *
 *   kdal_bench: kmalloc-64 NNN mean NNN.NN
 *
 * with the cycles of the CPU's counter per pair, or nanoseconds where it has none:
 * the median over stretches of 100 pairs, and the mean of all of them. Under QEMU
 * with "-icount shift=0,sleep=off -cpu qemu64 -smp 1" a cycle is one instruction,
 * and the numbers repeat.
 *
 * With path=1 it times nothing and prints the instructions that one pair of each
 * kind executes, see bench_path.c. With iterations=0 it does nothing, until memory
 * is asked for, see bench_hold.c.
 */
#include <linux/irqflags.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sort.h>

#include "bench.h"

/* Pairs timed in one stretch with interrupts off. */
#define CHUNK 100
#define CHUNKS_MIN 5
#define CHUNKS_MAX 1000

/*
 * A stretch of several CPUs takes about so long, which outlasts the time slice of a
 * host that has fewer.
 */
#define CPUS_TICKS 60000000
#define CPUS_CHUNKS 10
#define CPUS_PROBE 200

#define CASES_MAX 40

static unsigned int iterations = 10000;
module_param(iterations, uint, 0444);

/* Ticks after which a case is given no more stretches than it must have; 0: none. */
static unsigned long long budget;
module_param(budget, ullong, 0444);

static bool path;
module_param(path, bool, 0444);

static char *cases[CASES_MAX] = {
	"kmalloc-64", "kmalloc-1024", "kmalloc-const-64", "kmalloc-const-1024", "cache-200",
};
static unsigned int nr_cases = 5;

module_param_array(cases, charp, &nr_cases, 0444);

static u64 times[CHUNKS_MAX];

static u64 time_chunk(const struct bench_case *c, unsigned int pairs)
{
	unsigned long flags;
	u64 start, end;

	if (c->cpus)
		return bench_cpus_time(c, pairs);
	if (c->sleeps) {
		start = bench_now();
		c->kind->pairs(pairs);
		return bench_now() - start;
	}
	local_irq_save(flags);
	start = bench_now();
	c->kind->pairs(pairs);
	end = bench_now();
	local_irq_restore(flags);
	return end - start;
}

static unsigned int cpus_chunk(const struct bench_case *c)
{
	u64 ticks;

	bench_cpus_time(c, CPUS_PROBE);
	ticks = bench_cpus_time(c, CPUS_PROBE);
	return clamp(div64_u64((u64)CPUS_PROBE * CPUS_TICKS, ticks), CPUS_PROBE, 100000);
}

static unsigned int time_chunks(const struct bench_case *c, unsigned int chunk,
				unsigned int chunks)
{
	unsigned int i;
	u64 sum = 0;

	for (i = 0; i < chunks; i++) {
		if (budget && sum >= budget && i >= CHUNKS_MIN)
			break;
		times[i] = time_chunk(c, chunk);
		sum += times[i];
		cond_resched();
	}
	return i;
}

static int cmp_times(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/* After one untimed round, which fills every cache. */
static void time_case(const struct bench_case *c)
{
	unsigned int chunk, chunks, i;
	u64 sum = 0, median, mean;
	u32 hundredths;

	chunk = c->cpus ? cpus_chunk(c) : c->batch ?: CHUNK;
	chunks = c->cpus ? CPUS_CHUNKS : clamp(iterations / chunk, CHUNKS_MIN, CHUNKS_MAX);
	time_chunks(c, chunk, chunks);
	chunks = time_chunks(c, chunk, chunks);
	for (i = 0; i < chunks; i++)
		sum += times[i];
	sort(times, chunks, sizeof(times[0]), cmp_times, NULL);
	median = div_u64(times[chunks / 2] + chunk / 2, chunk);
	mean = div_u64_rem(div64_u64(sum * 100, (u64)chunks * chunk), 100, &hundredths);
	pr_info("%s %llu mean %llu.%02u\n", c->name, median, mean, hundredths);
}

static int run(const char *name)
{
	const struct bench_case *c = bench_find(name);

	if (!c) {
		pr_err("no such case: %s\n", name);
		return -EINVAL;
	}
	bench_size = c->size;
	bench_batch = c->batch;
	if (!path)
		time_case(c);
	else if (c->kind && c->kind->alloc && !c->sleeps)
		bench_path(name, c->kind);
	else
		pr_info("path: %s is not single-stepped\n", name);
	return 0;
}

static int run_all(void)
{
	unsigned int i;
	int err = 0;

	if (!iterations)
		return 0;
	for (i = 0; i < nr_cases && !err; i++)
		err = run(cases[i]);
	return err;
}

static int __init kdal_bench_init(void)
{
	int err;

	err = bench_kinds_init();
	if (err)
		return err;
	err = bench_cpus_init();
	if (err)
		goto out_kinds;
	err = run_all();
	bench_cpus_exit();
out_kinds:
	bench_kinds_exit();
	return err;
}

static void __exit kdal_bench_exit(void)
{
	bench_hold_exit();
}

module_init(kdal_bench_init);
module_exit(kdal_bench_exit);
MODULE_DESCRIPTION("Times pairs of allocation and free for KDAL's benchmark");
MODULE_LICENSE("GPL");
