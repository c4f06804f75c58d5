// SPDX-License-Identifier: GPL-2.0
/*
 * The call sites of kdal_target: one function for each way to get or to give
 * back slab memory, so that the tests know the name a report must have.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/kobject.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "target.h"

struct kmem_cache *target_caches[TARGET_CACHES];

/* What the helpers copy: TARGET_TEXT letters and a NUL. */
static char text[TARGET_TEXT + 1];
/* Owner of the devm_kmalloc() objects, there from the first one to reset. */
static struct device *device;
static size_t ctor_size;

static const char *text_of(size_t size)
{
	memset(text, 'x', TARGET_TEXT);
	return text + TARGET_TEXT - (size - 1);
}

static struct kmem_cache *cache_of(const struct target_args *a)
{
	return target_caches[a->cache % TARGET_CACHES];
}

/* Ways to allocate */

static TARGET_SITE void *kdal_target_kmalloc(const struct target_args *a, void *old)
{
	void *p = kmalloc(a->size, a->gfp);

	barrier();
	return p;
}

static TARGET_SITE void *kdal_target_kmalloc_const(const struct target_args *a, void *old)
{
	void *p = kmalloc(96, GFP_KERNEL);

	barrier();
	return p;
}

static TARGET_SITE void *kdal_target_kzalloc(const struct target_args *a, void *old)
{
	void *p = kzalloc(a->size, a->gfp);

	barrier();
	return p;
}

static TARGET_SITE void *kdal_target_kcalloc(const struct target_args *a, void *old)
{
	void *p = kcalloc(a->size, 1, a->gfp);

	barrier();
	return p;
}

static TARGET_SITE void *kdal_target_kmalloc_node(const struct target_args *a, void *old)
{
	void *p = kmalloc_node(a->size, a->gfp, a->node);

	barrier();
	return p;
}

static TARGET_SITE void *kdal_target_krealloc(const struct target_args *a, void *old)
{
	void *p = krealloc(old, a->size, a->gfp);

	barrier();
	return p;
}

static TARGET_SITE void *kdal_target_kmemdup(const struct target_args *a, void *old)
{
	void *p = kmemdup(text_of(a->size), a->size, a->gfp);

	barrier();
	return p;
}

static TARGET_SITE void *kdal_target_kstrdup(const struct target_args *a, void *old)
{
	void *p = kstrdup(text_of(a->size), a->gfp);

	barrier();
	return p;
}

static TARGET_SITE void *kdal_target_kasprintf(const struct target_args *a, void *old)
{
	void *p = kasprintf(a->gfp, "%s", text_of(a->size));

	barrier();
	return p;
}

static TARGET_SITE void *kdal_target_kobject_name(const struct target_args *a, void *old)
{
	struct kobject kobj = { };
	int err = kobject_set_name(&kobj, "%s", text_of(a->size));

	barrier();
	return err ? NULL : (void *)kobj.name;
}

static TARGET_SITE void *kdal_target_cache_alloc(const struct target_args *a, void *old)
{
	void *p = kmem_cache_alloc(cache_of(a), a->gfp);

	barrier();
	return p;
}

static TARGET_SITE void *kdal_target_cache_zalloc(const struct target_args *a, void *old)
{
	void *p = kmem_cache_zalloc(cache_of(a), a->gfp);

	barrier();
	return p;
}

static TARGET_SITE void *kdal_target_devm_kmalloc(const struct target_args *a, void *old)
{
	void *p;

	if (!device)
		device = root_device_register("kdal_target");
	if (IS_ERR(device)) {
		device = NULL;
		return NULL;
	}
	p = devm_kmalloc(device, a->size, a->gfp);
	barrier();
	return p;
}

/* Ways to free; "off" moves the pointer that is freed */

static TARGET_SITE void kdal_target_kfree(const struct target_args *a, void *p)
{
	kfree(p + a->off);
	barrier();
}

static TARGET_SITE void kdal_target_kfree_again(const struct target_args *a, void *p)
{
	kfree(p + a->off);
	barrier();
}

static TARGET_SITE void kdal_target_kfree_sensitive(const struct target_args *a, void *p)
{
	kfree_sensitive(p);
	barrier();
}

struct rcu_obj {
	struct rcu_head rcu;
};

static TARGET_SITE void kdal_target_kfree_rcu(const struct target_args *a, void *p)
{
	struct rcu_obj *obj = p;

	kfree_rcu(obj, rcu);
	barrier();
}

static TARGET_SITE void kdal_target_kvfree(const struct target_args *a, void *p)
{
	kvfree(p);
	barrier();
}

static TARGET_SITE void kdal_target_cache_free(const struct target_args *a, void *p)
{
	kmem_cache_free(cache_of(a), p);
	barrier();
}

static TARGET_SITE void kdal_target_devm_kfree(const struct target_args *a, void *p)
{
	devm_kfree(device, p);
	barrier();
}

/* Many at once */

static void *bulk[TARGET_SLOTS];

static TARGET_SITE int kdal_target_bulk_alloc(const struct target_args *a)
{
	int got = kmem_cache_alloc_bulk(cache_of(a), a->gfp, a->n, bulk);
	int i;

	for (i = 0; i < got; i++)
		target_slots[a->slot + i] = (struct target_slot){ bulk[i], true };
	return got == a->n ? 0 : -ENOMEM;
}

static void bulk_collect(const struct target_args *a)
{
	int i;

	for (i = 0; i < a->n; i++) {
		bulk[i] = target_slots[a->slot + i].p;
		target_slots[a->slot + i].live = false;
	}
}

static TARGET_SITE int kdal_target_bulk_free(const struct target_args *a)
{
	bulk_collect(a);
	kmem_cache_free_bulk(cache_of(a), a->n, bulk);
	barrier();
	return 0;
}

static TARGET_SITE int kdal_target_kfree_bulk(const struct target_args *a)
{
	bulk_collect(a);
	kfree_bulk(a->n, bulk);
	barrier();
	return 0;
}

/* Caches */

static void fill_ctor(void *p)
{
	memset(p, 0xc7, ctor_size);
}

static int cmd_cache_create(const struct target_args *a)
{
	struct kmem_cache **slot = &target_caches[a->cache % TARGET_CACHES];
	char name[32];

	if (*slot)
		return -EBUSY;
	snprintf(name, sizeof(name), "kdal_target_%lld", a->cache);
	ctor_size = a->size;
	*slot = kmem_cache_create_usercopy(name, a->size, a->align,
					   a->flags | SLAB_NO_MERGE, 0, a->usersize,
					   a->ctor ? fill_ctor : NULL);
	return *slot ? 0 : -ENOMEM;
}

static TARGET_SITE int kdal_target_cache_destroy(const struct target_args *a)
{
	struct kmem_cache **slot = &target_caches[a->cache % TARGET_CACHES];

	kmem_cache_destroy(*slot);
	barrier();
	*slot = NULL;
	return 0;
}

void target_caches_destroy(void)
{
	struct target_args a = { };

	for (a.cache = 0; a.cache < TARGET_CACHES; a.cache++)
		kdal_target_cache_destroy(&a);
}

void target_device_del(void)
{
	if (device)
		root_device_unregister(device);
	device = NULL;
}

void target_free_live(void)
{
	int i;

	for (i = 0; i < TARGET_SLOTS; i++) {
		if (target_slots[i].live)
			kfree(target_slots[i].p);
		target_slots[i] = (struct target_slot){ };
	}
}

const struct target_cmd target_site_cmds[] = {
	{ "kmalloc", .alloc = kdal_target_kmalloc },
	{ "kmalloc_const", .alloc = kdal_target_kmalloc_const },
	{ "kzalloc", .alloc = kdal_target_kzalloc },
	{ "kcalloc", .alloc = kdal_target_kcalloc },
	{ "kmalloc_node", .alloc = kdal_target_kmalloc_node },
	{ "krealloc", .alloc = kdal_target_krealloc },
	{ "kmemdup", .alloc = kdal_target_kmemdup },
	{ "kstrdup", .alloc = kdal_target_kstrdup },
	{ "kasprintf", .alloc = kdal_target_kasprintf },
	{ "kobject_name", .alloc = kdal_target_kobject_name },
	{ "cache_alloc", .alloc = kdal_target_cache_alloc },
	{ "cache_zalloc", .alloc = kdal_target_cache_zalloc },
	{ "devm_kmalloc", .alloc = kdal_target_devm_kmalloc },
	{ "kfree", .release = kdal_target_kfree },
	{ "kfree_again", .release = kdal_target_kfree_again },
	{ "kfree_sensitive", .release = kdal_target_kfree_sensitive },
	{ "kfree_rcu", .release = kdal_target_kfree_rcu },
	{ "kvfree", .release = kdal_target_kvfree },
	{ "cache_free", .release = kdal_target_cache_free },
	{ "devm_kfree", .release = kdal_target_devm_kfree },
	{ "bulk_alloc", .run = kdal_target_bulk_alloc },
	{ "bulk_free", .run = kdal_target_bulk_free },
	{ "kfree_bulk", .run = kdal_target_kfree_bulk },
	{ "cache_create", .run = cmd_cache_create },
	{ "cache_destroy", .run = kdal_target_cache_destroy },
	{ }
};
