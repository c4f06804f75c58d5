// SPDX-License-Identifier: GPL-2.0
/* kdal_bugs: what can be done wrong with kmalloc() and kmem_cache objects. */
#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "bugs.h"

#define CROWD		512

/*
 * Other objects of the same size, before, between and behind. A worker of the same
 * CPU has them, so that no culprit is on its stack.
 */
static void *crowd[CROWD];
static size_t crowd_size;
static unsigned int crowd_n;

static noinline void bystander_in(struct work_struct *work)
{
	unsigned int i;

	for (i = 0; i < crowd_n; i++) {
		crowd[i] = kmalloc(crowd_size, GFP_KERNEL);
		if (crowd[i])
			memset(crowd[i], 0x11, crowd_size);
	}
	barrier();
}

static noinline void bystander_out(struct work_struct *work)
{
	unsigned int i;

	for (i = 0; i < CROWD; i++) {
		kfree(crowd[i]);
		crowd[i] = NULL;
	}
	barrier();
}

static void have_worker(work_func_t fn)
{
	struct work_struct work;

	INIT_WORK_ONSTACK(&work, fn);
	schedule_work_on(raw_smp_processor_id(), &work);
	flush_work(&work);
	destroy_work_on_stack(&work);
}

static void bystander_come(unsigned int n, size_t size)
{
	crowd_n = n;
	crowd_size = size;
	have_worker(bystander_in);
}

static void bystander_go(void)
{
	have_worker(bystander_out);
}

/* Writes and reads out of bounds */

static __always_inline void write_beyond(size_t size, long off, long len)
{
	u8 *p;
	long i;

	bystander_come(16, size);
	p = GET(kmalloc(size, GFP_KERNEL));
	if (!p)
		return;
	bug();
	for (i = 0; i < len; i++)
		put(p, off + i);
	over();
	kfree(p);
	bystander_go();
	barrier();
}

CULPRIT(write_slack)
{
	write_beyond(50, 50, 1);
}

CULPRIT(write_right)
{
	write_beyond(64, 64, 1);
}

CULPRIT(write_long)
{
	write_beyond(64, 64, 200);
}

CULPRIT(write_far)
{
	write_beyond(64, 64 + 300, 1);
}

/* An array that ends within its object. */
CULPRIT(write_member)
{
	struct pair {
		u8 first[32], second[32];
	} *p = (struct pair *)GET(kzalloc(sizeof(*p), GFP_KERNEL));
	long i = 32;

	if (!p)
		return;
	OPTIMIZER_HIDE_VAR(i);
	bug();
	put(p->first, i);
	over();
	kfree(p);
	barrier();
}

CULPRIT(write_left)
{
	u8 *p, *first = NULL;

	/* KDAL has no left redzone for the first object of a slab. */
	p = GET(kmalloc(64, GFP_KERNEL));
	if (p && !offset_in_page(p)) {
		first = p;
		p = kmalloc(64, GFP_KERNEL);
	}
	if (!p)
		return;
	bug();
	put(p, -1);
	over();
	kfree(p);
	kfree(first);
}

CULPRIT(write_large)
{
	u8 *p = kmalloc(10000, GFP_KERNEL);

	if (!p)
		return;
	OPTIMIZER_HIDE_VAR(p);
	bug();
	put(p, 10000);
	over();
	kfree(p);
	barrier();
}

CULPRIT(write_cache)
{
	struct kmem_cache *s = cache_new("kdal_bugs_write");
	u8 *p = GET(kmem_cache_alloc(s, GFP_KERNEL));

	bug();
	put(p, 100);
	over();
	kmem_cache_free(s, p);
	kmem_cache_destroy(s);
}

static __always_inline void read_beyond(size_t size, long off)
{
	u8 *p;

	bystander_come(16, size);
	p = GET(kmalloc(size, GFP_KERNEL));
	if (!p)
		return;
	memset(p, 0x22, size);
	bug();
	get(p, off);
	over();
	kfree(p);
	bystander_go();
	barrier();
}

CULPRIT(read_slack)
{
	read_beyond(50, 50);
}

CULPRIT(read_right)
{
	read_beyond(64, 64);
}

CULPRIT(read_far)
{
	read_beyond(64, 64 + 300);
}

/* Use after free */

CULPRIT(uaf_write)
{
	u8 *p = GET(kmalloc(128, GFP_KERNEL));

	if (!p)
		return;
	kfree(p);
	bug();
	put(p, 40);
	over();
}

CULPRIT(uaf_write_later)
{
	u8 *p = GET(kmalloc(128, GFP_KERNEL));

	if (!p)
		return;
	kfree(p);
	bystander_come(20, 128);
	bystander_go();
	msleep(100);
	bug();
	put(p, 40);
	over();
}

CULPRIT(uaf_write_reused)
{
	u8 *p = GET(kmalloc(128, GFP_KERNEL));

	if (!p)
		return;
	kfree(p);
	bystander_come(CROWD, 128);
	bug();
	put(p, 40);
	over();
	bystander_go();
}

CULPRIT(uaf_write_old)
{
	u8 *p = GET(kmalloc(128, GFP_KERNEL));
	unsigned int i;

	if (!p)
		return;
	kfree(p);
	for (i = 0; i < 100000 / CROWD; i++) {
		bystander_come(CROWD, 128);
		bystander_go();
	}
	bug();
	put(p, 40);
	over();
}

CULPRIT(uaf_write_cache)
{
	struct kmem_cache *s = cache_new("kdal_bugs_uaf");
	u8 *p = GET(kmem_cache_alloc(s, GFP_KERNEL));

	kmem_cache_free(s, p);
	bug();
	put(p, 40);
	over();
	kmem_cache_destroy(s);
}

CULPRIT(uaf_read)
{
	u8 *p = GET(kmalloc(128, GFP_KERNEL));

	if (!p)
		return;
	kfree(p);
	bug();
	get(p, 40);
	over();
}

/* Wrong frees */

CULPRIT(double_free)
{
	u8 *p = GET(kmalloc(64, GFP_KERNEL));

	kfree(p);
	bug();
	kfree(p);
	over();
}

CULPRIT(double_free_between)
{
	u8 *p, *q;

	bystander_come(20, 64);
	p = GET(kmalloc(64, GFP_KERNEL));
	q = kmalloc(64, GFP_KERNEL);
	kfree(p);
	kfree(q);
	bystander_go();
	bug();
	kfree(p);
	over();
}

CULPRIT(double_free_reused)
{
	u8 *p = GET(kmalloc(64, GFP_KERNEL));

	kfree(p);
	bystander_come(CROWD, 64);
	bug();
	kfree(p);
	over();
	bystander_go();
}

CULPRIT(free_interior)
{
	u8 *p = GET(kmalloc(64, GFP_KERNEL));

	bug();
	kfree(p + 8);
	over();
	barrier();
}

CULPRIT(free_wrong_cache)
{
	struct kmem_cache *s = cache_new("kdal_bugs_mine");
	struct kmem_cache *t = cache_new("kdal_bugs_other");
	u8 *p = GET(kmem_cache_alloc(s, GFP_KERNEL));

	bug();
	kmem_cache_free(t, p);
	over();
	kmem_cache_destroy(s);
	kmem_cache_destroy(t);
}

CULPRIT(free_vmalloc)
{
	u8 *p = vmalloc(8192);

	OPTIMIZER_HIDE_VAR(p);
	bug();
	kfree(p);
	over();
	barrier();
}

CULPRIT(free_page)
{
	u8 *p = (u8 *)__get_free_page(GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(p);
	bug();
	kfree(p);
	over();
	barrier();
}

CULPRIT(free_large_interior)
{
	u8 *p = kmalloc(20000, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(p);
	bug();
	kfree(p + PAGE_SIZE);
	over();
	barrier();
}

CULPRIT(free_rodata)
{
	static const char name[] = "a name that nobody allocated";
	const char *p = name;

	OPTIMIZER_HIDE_VAR(p);
	bug();
	kfree(p);
	over();
	barrier();
}

const struct bug_class bugs_slab[] = {
	{ "write-slack", "write", "write 1 byte past 50 of kmalloc(), within the bucket", culprit_write_slack },
	{ "write-right", "write", "write 1 byte past 64 of kmalloc(), past the bucket", culprit_write_right },
	{ "write-long", "write", "write 200 bytes past 64 of kmalloc()", culprit_write_long },
	{ "write-far", "far", "write 1 byte, 300 bytes past 64 of kmalloc()", culprit_write_far },
	{ "write-member", "far", "write past an array that ends within its object", culprit_write_member },
	{ "write-left", "write", "write 1 byte in front of 64 of kmalloc()", culprit_write_left },
	{ "write-cache", "write", "write 1 byte past an object of a kmem_cache", culprit_write_cache },
	{ "write-large", "write", "write 1 byte past 10000 of kmalloc(), in the last page", culprit_write_large },
	{ "read-slack", "read", "read 1 byte past 50 of kmalloc(), within the bucket", culprit_read_slack },
	{ "read-right", "read", "read 1 byte past 64 of kmalloc(), past the bucket", culprit_read_right },
	{ "read-far", "read", "read 1 byte, 300 bytes past 64 of kmalloc()", culprit_read_far },
	{ "uaf-write", "write", "write after kfree(), at once", culprit_uaf_write },
	{ "uaf-write-later", "write", "write after kfree(), 20 other objects and 100 ms later", culprit_uaf_write_later },
	{ "uaf-write-reused", "write", "write after kfree() and 512 new objects of that size", culprit_uaf_write_reused },
	{ "uaf-write-old", "write", "write after kfree(), 100000 other frees later", culprit_uaf_write_old },
	{ "uaf-write-cache", "write", "write after kmem_cache_free()", culprit_uaf_write_cache },
	{ "uaf-read", "read", "read after kfree()", culprit_uaf_read },
	{ "double-free", "free", "kfree() twice, at once", culprit_double_free },
	{ "double-free-between", "free", "kfree() twice, others freed in between", culprit_double_free_between },
	{ "double-free-reused", "free", "kfree() twice, 512 new objects in between", culprit_double_free_reused },
	{ "free-interior", "free", "kfree() of an address within an object", culprit_free_interior },
	{ "free-wrong-cache", "free", "kmem_cache_free() to another cache", culprit_free_wrong_cache },
	{ "free-vmalloc", "free", "kfree() of vmalloc() memory", culprit_free_vmalloc },
	{ "free-page", "free", "kfree() of a page", culprit_free_page },
	{ "free-large-interior", "free", "kfree() of a page within 20000 of kmalloc()", culprit_free_large_interior },
	{ "free-rodata", "free", "kfree() of a constant of the module", culprit_free_rodata },
	{ }
};
