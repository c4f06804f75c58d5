// SPDX-License-Identifier: GPL-2.0
/*
 * kdal_sweep: a module whose init function has many error paths, as drivers do,
 * each of which is right unless "bug" names it.
 */
#include <linux/list.h>
#include <linux/module.h>
#include <linux/slab.h>

#define SWEEP_ITEMS 3
#define SWEEP_LARGE 20000

/* A call site that a test can name; see target.h. */
#define SWEEP_SITE noinline __noclone

struct sweep_item {
	struct list_head list;
	char *name;
};

static unsigned int bug;
module_param(bug, uint, 0444);
MODULE_PARM_DESC(bug, "1: forgets the buffer when the cache's object fails, 2: the name when the last item fails");

static void *buffer, *object, *large;
static struct kmem_cache *cache;
static LIST_HEAD(items);

static SWEEP_SITE void *kdal_sweep_buffer(void)
{
	void *p = kmalloc(500, GFP_KERNEL);

	barrier();
	return p;
}

static SWEEP_SITE void *kdal_sweep_object(void)
{
	void *p = kmem_cache_zalloc(cache, GFP_KERNEL);

	barrier();
	return p;
}

static SWEEP_SITE void *kdal_sweep_large(void)
{
	void *p = kmalloc(SWEEP_LARGE, GFP_KERNEL);

	barrier();
	return p;
}

static SWEEP_SITE char *kdal_sweep_name(int nr)
{
	char *p = kasprintf(GFP_KERNEL, "item %d", nr);

	barrier();
	return p;
}

static SWEEP_SITE struct sweep_item *kdal_sweep_item(void)
{
	struct sweep_item *item = kzalloc(sizeof(*item), GFP_KERNEL);

	barrier();
	return item;
}

/* A leak; the test has the object freed when it has seen the report. */
static void forget(void *p)
{
	pr_info("kdal_sweep: left behind addr=%ld\n", (long)p);
}

static int add_item(int nr)
{
	char *name = kdal_sweep_name(nr);
	struct sweep_item *item;

	if (!name)
		return -ENOMEM;
	item = kdal_sweep_item();
	if (!item) {
		if (bug == 2 && nr == SWEEP_ITEMS - 1)
			forget(name);
		else
			kfree(name);
		return -ENOMEM;
	}
	item->name = name;
	list_add(&item->list, &items);
	return 0;
}

static void del_items(void)
{
	struct sweep_item *item, *next;

	list_for_each_entry_safe(item, next, &items, list) {
		kfree(item->name);
		kfree(item);
	}
}

static int __init kdal_sweep_init(void)
{
	int i;

	buffer = kdal_sweep_buffer();
	if (!buffer)
		return -ENOMEM;
	cache = kmem_cache_create("kdal_sweep", 120, 0, SLAB_NO_MERGE, NULL);
	if (!cache)
		goto err_buffer;
	object = kdal_sweep_object();
	if (!object) {
		if (bug == 1) {
			forget(buffer);
			buffer = NULL;
		}
		goto err_cache;
	}
	large = kdal_sweep_large();
	if (!large)
		goto err_object;
	for (i = 0; i < SWEEP_ITEMS; i++)
		if (add_item(i))
			goto err_items;
	return 0;

err_items:
	del_items();
	kfree(large);
err_object:
	kmem_cache_free(cache, object);
err_cache:
	kmem_cache_destroy(cache);
err_buffer:
	kfree(buffer);
	return -ENOMEM;
}

static void __exit kdal_sweep_exit(void)
{
	del_items();
	kfree(large);
	kmem_cache_free(cache, object);
	kmem_cache_destroy(cache);
	kfree(buffer);
}

module_init(kdal_sweep_init);
module_exit(kdal_sweep_exit);
MODULE_DESCRIPTION("Error paths for KDAL's userspace tests");
MODULE_LICENSE("GPL");
