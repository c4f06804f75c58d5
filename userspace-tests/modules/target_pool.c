// SPDX-License-Identifier: GPL-2.0
/*
 * The commands of kdal_target that make and use mempools. "pool" says which,
 * and "backing" where its elements come from. A slot holds the address of an
 * element's memory, for pools of pages too.
 */
#include <linux/mempool.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "target.h"

enum { BACKING_KMALLOC, BACKING_SLAB, BACKING_PAGES, BACKING_KVMALLOC, BACKING_CUSTOM };

static mempool_t *pools[TARGET_POOLS];
/* A second mempool_t for the same reserve, which is wrong. */
static mempool_t copied;
/* Set by "pool_empty": custom pools have to use their reserve. */
static bool empty;

static void *custom_alloc(gfp_t gfp, void *data)
{
	return READ_ONCE(empty) ? NULL : kmalloc((unsigned long)data, gfp);
}

static void custom_free(void *element, void *data)
{
	kfree(element);
}

static mempool_t *pool_of(const struct target_args *a)
{
	return pools[a->pool % TARGET_POOLS];
}

static bool of_pages(const mempool_t *pool)
{
	return pool->free == mempool_free_pages;
}

static void *memory_of(const mempool_t *pool, void *element)
{
	return element && of_pages(pool) ? page_address(element) : element;
}

static void *element_of(const mempool_t *pool, void *p)
{
	return p && of_pages(pool) ? virt_to_page(p) : p;
}

static TARGET_SITE mempool_t *kdal_target_pool_create(const struct target_args *a)
{
	mempool_t *pool = NULL;

	switch (a->backing) {
	case BACKING_KMALLOC:
		pool = mempool_create_kmalloc_pool(a->n, a->size);
		break;
	case BACKING_SLAB:
		pool = mempool_create_slab_pool(a->n, target_caches[a->cache % TARGET_CACHES]);
		break;
	case BACKING_PAGES:
		pool = mempool_create_page_pool(a->n, get_order(a->size));
		break;
	case BACKING_KVMALLOC:
		pool = mempool_create_kvmalloc_pool(a->n, a->size);
		break;
	case BACKING_CUSTOM:
		pool = mempool_create(a->n, custom_alloc, custom_free,
				      (void *)(unsigned long)a->size);
		break;
	}
	barrier();
	return pool;
}

static int cmd_pool_create(const struct target_args *a)
{
	mempool_t **slot = &pools[a->pool % TARGET_POOLS];

	if (*slot)
		return -EBUSY;
	*slot = kdal_target_pool_create(a);
	return *slot ? 0 : -ENOMEM;
}

static TARGET_SITE int kdal_target_pool_destroy(const struct target_args *a)
{
	mempool_destroy(pool_of(a));
	barrier();
	pools[a->pool % TARGET_POOLS] = NULL;
	return 0;
}

static TARGET_SITE int kdal_target_pool_resize(const struct target_args *a)
{
	int err = mempool_resize(pool_of(a), a->n);

	barrier();
	return err;
}

static TARGET_SITE void *kdal_target_pool_alloc(const struct target_args *a, void *old)
{
	void *element = mempool_alloc(pool_of(a), a->gfp);

	barrier();
	return memory_of(pool_of(a), element);
}

static TARGET_SITE void *kdal_target_pool_reserve(const struct target_args *a, void *old)
{
	void *element = mempool_alloc_preallocated(pool_of(a));

	barrier();
	return memory_of(pool_of(a), element);
}

static TARGET_SITE void kdal_target_pool_free(const struct target_args *a, void *p)
{
	mempool_free(element_of(pool_of(a), p), pool_of(a));
	barrier();
}

/* Takes an element through a copy of the mempool_t, and gives it back. */
static TARGET_SITE int kdal_target_pool_copy(const struct target_args *a)
{
	void *element;

	copied = *pool_of(a);
	element = mempool_alloc(&copied, a->gfp);
	if (!element)
		return -ENOMEM;
	mempool_free(element, &copied);
	barrier();
	return 0;
}

static int cmd_pool_empty(const struct target_args *a)
{
	WRITE_ONCE(empty, a->n);
	return 0;
}

static int cmd_pool_addr(const struct target_args *a)
{
	target_result("addr=%ld\n", (long)pool_of(a));
	return 0;
}

/* The exit function leaves it behind. */
static int cmd_pool_forget(const struct target_args *a)
{
	pools[a->pool % TARGET_POOLS] = NULL;
	return 0;
}

/* Takes over a pool that an earlier load of this module left behind. */
static int cmd_pool_adopt(const struct target_args *a)
{
	pools[a->pool % TARGET_POOLS] = (mempool_t *)(unsigned long)a->addr;
	return 0;
}

void target_pools_destroy(void)
{
	struct target_args a = { };

	WRITE_ONCE(empty, false);
	for (a.pool = 0; a.pool < TARGET_POOLS; a.pool++)
		kdal_target_pool_destroy(&a);
}

const struct target_cmd target_pool_cmds[] = {
	{ "pool_create", .run = cmd_pool_create },
	{ "pool_destroy", .run = kdal_target_pool_destroy },
	{ "pool_resize", .run = kdal_target_pool_resize },
	{ "pool_alloc", .alloc = kdal_target_pool_alloc },
	{ "pool_reserve", .alloc = kdal_target_pool_reserve },
	{ "pool_free", .release = kdal_target_pool_free },
	{ "pool_copy", .run = kdal_target_pool_copy },
	{ "pool_empty", .run = cmd_pool_empty },
	{ "pool_addr", .run = cmd_pool_addr },
	{ "pool_forget", .run = cmd_pool_forget },
	{ "pool_adopt", .run = cmd_pool_adopt },
	{ }
};
