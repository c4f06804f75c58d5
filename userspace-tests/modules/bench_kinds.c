// SPDX-License-Identifier: GPL-2.0
/*
 * The cases of kdal_bench. kmalloc-N has a size that the compiler does not know
 * (__kmalloc()), kmalloc-const-N one that it knows (__kmalloc_cache()). batch-N-ORDER
 * allocates N objects of 64 bytes, and frees them first to last or last to first.
 * cpus-N has N CPUs make pairs of kmalloc-64 at once; handover allocates on one CPU
 * and frees on another.
 */
#include <linux/gfp.h>
#include <linux/mempool.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "bench.h"

#define BATCH_MAX 4096
#define POOL_MIN 16

size_t bench_size;
unsigned int bench_batch;

static struct kmem_cache *cache;
static mempool_t *pool;
static void *held[BATCH_MAX];

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

BENCH_KIND(kmalloc_size, kmalloc(bench_size, GFP_NOWAIT), kfree(p));
BENCH_KIND(kmalloc_64, kmalloc(64, GFP_NOWAIT), kfree(p));
BENCH_KIND(kmalloc_1024, kmalloc(1024, GFP_NOWAIT), kfree(p));
BENCH_KIND(cache_200, kmem_cache_alloc(cache, GFP_NOWAIT), kmem_cache_free(cache, p));
BENCH_KIND(pool_200, mempool_alloc(pool, GFP_NOWAIT), mempool_free(p, pool));
BENCH_KIND(page, alloc_page(GFP_NOWAIT), __free_page(p));
BENCH_KIND(vmalloc_8192, vmalloc(8192), vfree(p));
BENCH_KIND(percpu_64, (__force void *)__alloc_percpu(64, 8),
	   free_percpu((__force void __percpu *)p));

static void take_batch(void)
{
	unsigned int i;

	for (i = 0; i < bench_batch; i++)
		held[i] = kmalloc(bench_size, GFP_NOWAIT);
}

static noinline void first_to_last(unsigned int pairs)
{
	unsigned int i;

	for (; pairs >= bench_batch; pairs -= bench_batch) {
		take_batch();
		for (i = 0; i < bench_batch; i++)
			kfree(held[i]);
	}
}

static noinline void last_to_first(unsigned int pairs)
{
	unsigned int i;

	for (; pairs >= bench_batch; pairs -= bench_batch) {
		take_batch();
		for (i = bench_batch; i > 0; i--)
			kfree(held[i - 1]);
	}
}

static const struct bench_kind batch_fifo = { .pairs = first_to_last };
static const struct bench_kind batch_lifo = { .pairs = last_to_first };

static void kmalloc_on_cpu(unsigned int cpu, unsigned int pairs)
{
	kmalloc_size.pairs(pairs);
}

static const struct bench_case all[] = {
	{ "kmalloc-8", &kmalloc_size, .size = 8 },
	{ "kmalloc-64", &kmalloc_size, .size = 64 },
	{ "kmalloc-100", &kmalloc_size, .size = 100 },
	{ "kmalloc-256", &kmalloc_size, .size = 256 },
	{ "kmalloc-1000", &kmalloc_size, .size = 1000 },
	{ "kmalloc-1024", &kmalloc_size, .size = 1024 },
	{ "kmalloc-4096", &kmalloc_size, .size = 4096 },
	{ "kmalloc-8192", &kmalloc_size, .size = 8192 },
	{ "kmalloc-20000", &kmalloc_size, .size = 20000 },
	{ "kmalloc-const-64", &kmalloc_64 },
	{ "kmalloc-const-1024", &kmalloc_1024 },
	{ "cache-200", &cache_200 },
	{ "mempool-200", &pool_200 },
	{ "page", &page },
	{ "vmalloc-8192", &vmalloc_8192, .sleeps = true },
	{ "percpu-64", &percpu_64, .sleeps = true },
	{ "batch-128-fifo", &batch_fifo, .size = 64, .batch = 128 },
	{ "batch-128-lifo", &batch_lifo, .size = 64, .batch = 128 },
	{ "batch-4096-fifo", &batch_fifo, .size = 64, .batch = 4096 },
	{ "batch-4096-lifo", &batch_lifo, .size = 64, .batch = 4096 },
	{ "cpus-1", .size = 64, .cpus = 1, .work = kmalloc_on_cpu },
	{ "cpus-2", .size = 64, .cpus = 2, .work = kmalloc_on_cpu },
	{ "cpus-4", .size = 64, .cpus = 4, .work = kmalloc_on_cpu },
	{ "handover", .size = 64, .cpus = 2, .work = bench_handover },
};

const struct bench_case *bench_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(all); i++)
		if (!strcmp(all[i].name, name))
			return &all[i];
	return NULL;
}

int bench_kinds_init(void)
{
	cache = kmem_cache_create("kdal_bench", 200, 0, SLAB_NO_MERGE, NULL);
	if (!cache)
		return -ENOMEM;
	pool = mempool_create_slab_pool(POOL_MIN, cache);
	if (!pool) {
		kmem_cache_destroy(cache);
		return -ENOMEM;
	}
	return 0;
}

void bench_kinds_exit(void)
{
	mempool_destroy(pool);
	kmem_cache_destroy(cache);
}
