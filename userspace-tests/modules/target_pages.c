// SPDX-License-Identifier: GPL-2.0
/*
 * The call sites of kdal_target that get and give back pages. A slot has the
 * address of the first page, all of which are in the kernel's direct map.
 */
#include <linux/gfp.h>
#include <linux/mm.h>

#include "target.h"

static TARGET_SITE void *kdal_target_get_free_pages(const struct target_args *a, void *old)
{
	unsigned long p = __get_free_pages(a->gfp, a->order);

	barrier();
	return (void *)p;
}

static TARGET_SITE void *kdal_target_get_zeroed_page(const struct target_args *a, void *old)
{
	unsigned long p = get_zeroed_page(a->gfp);

	barrier();
	return (void *)p;
}

static TARGET_SITE void *kdal_target_alloc_pages(const struct target_args *a, void *old)
{
	struct page *page = alloc_pages(a->gfp, a->order);

	barrier();
	return page ? page_address(page) : NULL;
}

static TARGET_SITE void *kdal_target_alloc_compound(const struct target_args *a, void *old)
{
	struct page *page = alloc_pages(a->gfp | __GFP_COMP, a->order);

	barrier();
	return page ? page_address(page) : NULL;
}

static TARGET_SITE void *kdal_target_alloc_pages_node(const struct target_args *a, void *old)
{
	struct page *page = alloc_pages_node(a->node, a->gfp, a->order);

	barrier();
	return page ? page_address(page) : NULL;
}

static TARGET_SITE void *kdal_target_alloc_pages_exact(const struct target_args *a, void *old)
{
	void *p = alloc_pages_exact(a->size, a->gfp);

	barrier();
	return p;
}

static TARGET_SITE void *kdal_target_folio_alloc(const struct target_args *a, void *old)
{
	struct folio *folio = folio_alloc(a->gfp, a->order);

	barrier();
	return folio ? folio_address(folio) : NULL;
}

static TARGET_SITE void kdal_target_free_pages(const struct target_args *a, void *p)
{
	free_pages((unsigned long)p + a->off, a->order);
	barrier();
}

static TARGET_SITE void kdal_target_free_pages_again(const struct target_args *a, void *p)
{
	free_pages((unsigned long)p + a->off, a->order);
	barrier();
}

static TARGET_SITE void kdal_target___free_pages(const struct target_args *a, void *p)
{
	__free_pages(virt_to_page(p + a->off), a->order);
	barrier();
}

static TARGET_SITE void kdal_target_free_pages_exact(const struct target_args *a, void *p)
{
	free_pages_exact(p, a->size);
	barrier();
}

static TARGET_SITE void kdal_target_put_page(const struct target_args *a, void *p)
{
	put_page(virt_to_page(p + a->off));
	barrier();
}

static int cmd_get_page(const struct target_args *a)
{
	get_page(virt_to_page(target_slots[a->slot].p));
	return 0;
}

static int cmd_split_page(const struct target_args *a)
{
	split_page(virt_to_page(target_slots[a->slot].p), a->order);
	return 0;
}

const struct target_cmd target_page_cmds[] = {
	{ "page_get_free_pages", .alloc = kdal_target_get_free_pages },
	{ "page_get_zeroed", .alloc = kdal_target_get_zeroed_page },
	{ "page_alloc", .alloc = kdal_target_alloc_pages },
	{ "page_alloc_compound", .alloc = kdal_target_alloc_compound },
	{ "page_alloc_node", .alloc = kdal_target_alloc_pages_node },
	{ "page_alloc_exact", .alloc = kdal_target_alloc_pages_exact },
	{ "page_alloc_folio", .alloc = kdal_target_folio_alloc },
	{ "page_free", .release = kdal_target_free_pages },
	{ "page_free_again", .release = kdal_target_free_pages_again },
	{ "page___free", .release = kdal_target___free_pages },
	{ "page_free_exact", .release = kdal_target_free_pages_exact },
	{ "page_put", .release = kdal_target_put_page },
	{ "page_get", .run = cmd_get_page },
	{ "page_split", .run = cmd_split_page },
	{ }
};
