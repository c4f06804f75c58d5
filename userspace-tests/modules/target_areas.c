// SPDX-License-Identifier: GPL-2.0
/*
 * The call sites of kdal_target for memory that is no slab memory: vmalloc(),
 * ioremap() and alloc_percpu(). Areas have slots of their own; "slot" is one.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/vmalloc.h>

#include "target.h"

#define AREAS 256

struct area {
	void *p;
	void (*free)(const struct target_args *a, struct area *area);	/* while live */
};

static struct area areas[AREAS];

static struct area *area_of(const struct target_args *a)
{
	return &areas[a->slot % AREAS];
}

static int put_area(const struct target_args *a, void *p,
		    void (*free)(const struct target_args *a, struct area *area))
{
	*area_of(a) = (struct area){ p, p ? free : NULL };
	return p ? 0 : -ENOMEM;
}

/* Ways to free; "off" moves the pointer that is freed */

static TARGET_SITE void kdal_target_vfree(const struct target_args *a, struct area *area)
{
	vfree(area->p + a->off);
	barrier();
}

static TARGET_SITE void kdal_target_iounmap(const struct target_args *a, struct area *area)
{
	iounmap((void __iomem *)area->p);
	barrier();
}

static TARGET_SITE void kdal_target_free_percpu(const struct target_args *a, struct area *area)
{
	free_percpu((void __percpu __force *)area->p + a->off);
	barrier();
}

static int run_free(const struct target_args *a,
		    void (*free)(const struct target_args *a, struct area *area))
{
	struct area *area = area_of(a);

	if (!a->off)
		area->free = NULL;
	free(a, area);
	return 0;
}

static int cmd_vfree(const struct target_args *a)
{
	return run_free(a, kdal_target_vfree);
}

static int cmd_iounmap(const struct target_args *a)
{
	return run_free(a, kdal_target_iounmap);
}

static int cmd_free_percpu(const struct target_args *a)
{
	return run_free(a, kdal_target_free_percpu);
}

/* Frees with the wrong function: the area stays, if KDAL does its work. */
static int cmd_vfree_wrong(const struct target_args *a)
{
	kdal_target_vfree(a, area_of(a));
	return 0;
}

/* Ways to allocate */

static TARGET_SITE int kdal_target_vmalloc(const struct target_args *a)
{
	return put_area(a, vmalloc(a->size), kdal_target_vfree);
}

static TARGET_SITE int kdal_target_vzalloc(const struct target_args *a)
{
	return put_area(a, vzalloc(a->size), kdal_target_vfree);
}

static TARGET_SITE int kdal_target_vmalloc_user(const struct target_args *a)
{
	return put_area(a, vmalloc_user(a->size), kdal_target_vfree);
}

static TARGET_SITE int kdal_target_kvmalloc(const struct target_args *a)
{
	/* Too large for kmalloc(). */
	return put_area(a, kvmalloc(a->size, GFP_KERNEL), kdal_target_vfree);
}

static TARGET_SITE int kdal_target_ioremap(const struct target_args *a)
{
	return put_area(a, (void __force *)ioremap(a->addr, a->size), kdal_target_iounmap);
}

static TARGET_SITE int kdal_target_alloc_percpu(const struct target_args *a)
{
	void __percpu *p = __alloc_percpu_gfp(a->size, a->align ?: 8, a->gfp);

	return put_area(a, (void __force *)p, kdal_target_free_percpu);
}

/* What to do with them; "node" is a CPU */

static int cmd_area_poke(const struct target_args *a)
{
	u8 *p = area_of(a)->p;
	s64 i;

	OPTIMIZER_HIDE_VAR(p);
	for (i = 0; i < a->len; i++)
		WRITE_ONCE(p[a->off + i], a->byte);
	return 0;
}

static int cmd_percpu_poke(const struct target_args *a)
{
	void __percpu *pc = (void __percpu __force *)area_of(a)->p;
	u8 *p;

	if (a->node < 0 || !cpu_possible(a->node))
		return -EINVAL;
	p = per_cpu_ptr(pc, a->node);
	OPTIMIZER_HIDE_VAR(p);
	memset(p + a->off, a->byte, a->len);
	return 0;
}

static TARGET_SITE int kdal_target_area_read(const struct target_args *a)
{
	u8 *p = area_of(a)->p;

	OPTIMIZER_HIDE_VAR(p);
	target_result("value=%d\n", READ_ONCE(p[a->off]));
	return 0;
}

static int cmd_vmalloc_to_page(const struct target_args *a)
{
	return vmalloc_to_page(area_of(a)->p + a->off) ? 0 : -ENOENT;
}

static int cmd_area_addr(const struct target_args *a)
{
	target_result("addr=%ld\n", (long)area_of(a)->p);
	return 0;
}

/* An area of a module that went away, to be freed by "vfree" or its like. */
static int cmd_area_adopt(const struct target_args *a)
{
	area_of(a)->p = (void *)(long)a->addr;
	return 0;
}

static int cmd_area_forget(const struct target_args *a)
{
	area_of(a)->free = NULL;
	return 0;
}

void target_areas_free(void)
{
	struct target_args a = { };

	for (a.slot = 0; a.slot < AREAS; a.slot++) {
		struct area *area = area_of(&a);

		if (area->free)
			area->free(&a, area);
		*area = (struct area){ };
	}
}

const struct target_cmd target_area_cmds[] = {
	{ "vmalloc", .run = kdal_target_vmalloc },
	{ "vzalloc", .run = kdal_target_vzalloc },
	{ "vmalloc_user", .run = kdal_target_vmalloc_user },
	{ "kvmalloc", .run = kdal_target_kvmalloc },
	{ "vfree", .run = cmd_vfree },
	{ "vfree_wrong", .run = cmd_vfree_wrong },
	{ "ioremap", .run = kdal_target_ioremap },
	{ "iounmap", .run = cmd_iounmap },
	{ "alloc_percpu", .run = kdal_target_alloc_percpu },
	{ "free_percpu", .run = cmd_free_percpu },
	{ "area_poke", .run = cmd_area_poke },
	{ "percpu_poke", .run = cmd_percpu_poke },
	{ "area_read", .run = kdal_target_area_read },
	{ "vmalloc_to_page", .run = cmd_vmalloc_to_page },
	{ "area_addr", .run = cmd_area_addr },
	{ "area_adopt", .run = cmd_area_adopt },
	{ "area_forget", .run = cmd_area_forget },
	{ }
};
