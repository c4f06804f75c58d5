// SPDX-License-Identifier: GPL-2.0
/*
 * kdal_bugs: what can be left behind, and be done wrong with copies to user space,
 * pages, vmalloc, percpu memory, mempools and flags.
 */
#include <linux/err.h>
#include <linux/mempool.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "bugs.h"

/* Left behind */

CULPRIT(leak_kmalloc)
{
	u8 *p = kmalloc(64, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(p);
	over();
}

CULPRIT(leak_cache)
{
	u8 *p = kmem_cache_alloc(cache_new("kdal_bugs_leak"), GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(p);
	over();
}

CULPRIT(leak_pages)
{
	unsigned long p = __get_free_pages(GFP_KERNEL, 1);

	OPTIMIZER_HIDE_VAR(p);
	over();
}

CULPRIT(leak_vmalloc)
{
	u8 *p = vmalloc(8192);

	OPTIMIZER_HIDE_VAR(p);
	over();
}

CULPRIT(leak_percpu)
{
	void __percpu *p = __alloc_percpu(40, 8);

	OPTIMIZER_HIDE_VAR(p);
	over();
}

CULPRIT(leak_mempool)
{
	mempool_t *pool = mempool_create_kmalloc_pool(4, 64);

	OPTIMIZER_HIDE_VAR(pool);
	over();
}

CULPRIT(destroy_cache)
{
	struct kmem_cache *s = cache_new("kdal_bugs_destroy");
	u8 *p = kmem_cache_alloc(s, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(p);
	bug();
	kmem_cache_destroy(s);
	over();
}

CULPRIT(destroy_mempool)
{
	mempool_t *pool = mempool_create_kmalloc_pool(4, 64);
	u8 *p = pool ? mempool_alloc(pool, GFP_KERNEL) : NULL;

	OPTIMIZER_HIDE_VAR(p);
	bug();
	mempool_destroy(pool);
	over();
}

/* To and from user space */

static __always_inline void to_user(size_t size, size_t n, bool init)
{
	unsigned long user = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
				     MAP_ANONYMOUS | MAP_PRIVATE, 0);
	u8 *p = GET(kmalloc(size, GFP_KERNEL));

	if (!p || IS_ERR_VALUE(user))
		return;
	if (init)
		memset(p, 0x22, size);
	bug();
	if (copy_to_user((void __user *)user, p, n))
		pr_notice("kdal_bugs: not copied\n");
	over();
	kfree(p);
	barrier();
}

/* Copies of a constant size are not checked, by nobody. */
CULPRIT(user_uninit)
{
	size_t n = 256;

	OPTIMIZER_HIDE_VAR(n);
	to_user(256, n, false);
}

CULPRIT(user_slack)
{
	size_t n = 60;

	OPTIMIZER_HIDE_VAR(n);
	to_user(50, n, true);
}

/* Pages */

CULPRIT(page_write)
{
	unsigned long p = __get_free_page(GFP_KERNEL);

	bug();
	put((u8 *)p, PAGE_SIZE);
	over();
	free_page(p);
	barrier();
}

CULPRIT(page_order)
{
	unsigned long p = __get_free_pages(GFP_KERNEL, 2);

	bug();
	free_pages(p, 1);
	over();
	barrier();
}

CULPRIT(page_double_free)
{
	unsigned long p = __get_free_page(GFP_KERNEL);

	free_page(p);
	bug();
	free_page(p);
	over();
	barrier();
}

CULPRIT(page_uaf_write)
{
	unsigned long p = __get_free_page(GFP_KERNEL);

	free_page(p);
	bug();
	put((u8 *)p, 40);
	over();
}

CULPRIT(page_uaf_read)
{
	unsigned long p = __get_free_page(GFP_KERNEL);

	free_page(p);
	bug();
	get((u8 *)p, 40);
	over();
}

/* vmalloc */

CULPRIT(vmalloc_write)
{
	u8 *p = vmalloc(5000);

	if (!p)
		return;
	OPTIMIZER_HIDE_VAR(p);
	bug();
	put(p, 5000);
	over();
	vfree(p);
	barrier();
}

CULPRIT(vmalloc_uaf)
{
	u8 *p = vmalloc(8192);

	OPTIMIZER_HIDE_VAR(p);
	vfree(p);
	bug();
	put(p, 5000);
	over();
}

CULPRIT(vmalloc_double_free)
{
	u8 *p = vmalloc(8192);

	OPTIMIZER_HIDE_VAR(p);
	vfree(p);
	bug();
	vfree(p);
	over();
	barrier();
}

/* percpu */

CULPRIT(percpu_write)
{
	void __percpu *p = __alloc_percpu(40, 8);

	if (!p)
		return;
	bug();
	put(per_cpu_ptr(p, 0), 40);
	over();
	free_percpu(p);
	barrier();
}

CULPRIT(percpu_uaf_write)
{
	void __percpu *p = __alloc_percpu(40, 8);

	if (!p)
		return;
	free_percpu(p);
	bug();
	put(per_cpu_ptr(p, 0), 8);
	over();
}

CULPRIT(percpu_double_free)
{
	void __percpu *p = __alloc_percpu(40, 8);

	free_percpu(p);
	bug();
	free_percpu(p);
	over();
	barrier();
}

/* mempool */

CULPRIT(pool_write)
{
	mempool_t *pool = mempool_create_kmalloc_pool(4, 50);
	u8 *p = GET(mempool_alloc(pool, GFP_KERNEL));

	bug();
	put(p, 50);
	over();
	mempool_free(p, pool);
	mempool_destroy(pool);
}

/* Elements of the reserve, so that they go back there. */
CULPRIT(pool_double_free)
{
	mempool_t *pool = mempool_create_kmalloc_pool(4, 64);
	u8 *p = mempool_alloc_preallocated(pool);
	u8 *q = mempool_alloc_preallocated(pool);

	mempool_free(p, pool);
	bug();
	mempool_free(p, pool);
	over();
	mempool_free(q, pool);
	mempool_destroy(pool);
}

CULPRIT(pool_foreign)
{
	mempool_t *pool = mempool_create_kmalloc_pool(4, 64);
	mempool_t *other = mempool_create_kmalloc_pool(4, 64);
	u8 *p = mempool_alloc(pool, GFP_KERNEL);

	bug();
	mempool_free(p, other);
	over();
	mempool_destroy(pool);
	mempool_destroy(other);
}

CULPRIT(pool_rest_write)
{
	mempool_t *pool = mempool_create_kmalloc_pool(4, 64);
	u8 *p = mempool_alloc_preallocated(pool);

	mempool_free(p, pool);
	bug();
	put(p, 8);
	over();
	p = mempool_alloc_preallocated(pool);
	mempool_free(p, pool);
	mempool_destroy(pool);
}

CULPRIT(pool_kfree)
{
	mempool_t *pool = mempool_create_kmalloc_pool(4, 64);
	u8 *p = mempool_alloc(pool, GFP_KERNEL);

	bug();
	kfree(p);
	over();
	mempool_destroy(pool);
}

/* Wrong requests */

CULPRIT(gfp_atomic)
{
	void *p;

	bug();
	preempt_disable();
	p = kmalloc(64, GFP_KERNEL);
	preempt_enable();
	over();
	kfree(p);
}

CULPRIT(gfp_zone)
{
	gfp_t gfp = GFP_KERNEL | __GFP_DMA32;
	void *p;

	OPTIMIZER_HIDE_VAR(gfp);
	bug();
	p = kmalloc(64, gfp);
	over();
	kfree(p);
}

const struct bug_class bugs_other[] = {
	{ "leak-kmalloc", "left", "kmalloc() object left at unload", culprit_leak_kmalloc },
	{ "leak-cache", "left", "kmem_cache and an object left at unload", culprit_leak_cache },
	{ "leak-pages", "left", "pages left at unload", culprit_leak_pages },
	{ "leak-vmalloc", "left", "vmalloc() memory left at unload", culprit_leak_vmalloc },
	{ "leak-percpu", "left", "percpu memory left at unload", culprit_leak_percpu },
	{ "leak-mempool", "left", "mempool left at unload", culprit_leak_mempool },
	{ "destroy-cache", "left", "kmem_cache_destroy() with an object out", culprit_destroy_cache },
	{ "destroy-mempool", "left", "mempool_destroy() with an element out", culprit_destroy_mempool },
	{ "user-uninit", "user", "copy_to_user() of memory that nobody wrote", culprit_user_uninit },
	{ "user-slack", "user", "copy_to_user() of 60 bytes from 50, within the bucket", culprit_user_slack },
	{ "page-write", "far", "write 1 byte past a page", culprit_page_write },
	{ "page-order", "free", "free_pages() with another order", culprit_page_order },
	{ "page-double-free", "free", "free_page() twice", culprit_page_double_free },
	{ "page-uaf-write", "write", "write to a page after free_page()", culprit_page_uaf_write },
	{ "page-uaf-read", "read", "read of a page after free_page()", culprit_page_uaf_read },
	{ "vmalloc-write", "write", "write 1 byte past 5000 of vmalloc()", culprit_vmalloc_write },
	{ "vmalloc-uaf", "write", "write after vfree()", culprit_vmalloc_uaf },
	{ "vmalloc-double-free", "free", "vfree() twice", culprit_vmalloc_double_free },
	{ "percpu-write", "write", "write 1 byte past a percpu area", culprit_percpu_write },
	{ "percpu-uaf-write", "write", "write after free_percpu()", culprit_percpu_uaf_write },
	{ "percpu-double-free", "free", "free_percpu() twice", culprit_percpu_double_free },
	{ "pool-write", "write", "write 1 byte past an element of a mempool", culprit_pool_write },
	{ "pool-double-free", "free", "mempool_free() twice, into the reserve", culprit_pool_double_free },
	{ "pool-foreign", "free", "mempool_free() to another mempool", culprit_pool_foreign },
	{ "pool-rest-write", "write", "write to an element in the reserve", culprit_pool_rest_write },
	{ "pool-kfree", "free", "kfree() of an element of a mempool", culprit_pool_kfree },
	{ "gfp-atomic", "request", "kmalloc(GFP_KERNEL) with preemption off", culprit_gfp_atomic },
	{ "gfp-zone", "request", "kmalloc(GFP_DMA32)", culprit_gfp_zone },
	{ }
};
