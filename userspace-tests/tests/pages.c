// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that comes from the page allocator: kmalloc() of more than a slab
 * holds, and pages. Each bug gives its report, correct programs give none.
 */
#include <stdio.h>
#include <string.h>

#include "kdal.h"
#include "kt.h"

#define MAX_STEPS 8

#define OOB "BUG: KDAL: page-out-of-bounds write"
#define UAF "BUG: KDAL: page-use-after-free write"
#define TWICE "BUG: KDAL: double-free"
#define ORDER "BUG: KDAL: wrong-order-free"
#define MISMATCH "BUG: KDAL: mismatched-free"

/* What a module does; the last step gives the report, if there is to be one. */
struct program {
	const char *steps[MAX_STEPS];	/* commands, or "verify" */
	const char *expect_after;	/* the step that gives the report: a prefix */
	struct want want;
};

static const struct program large_right = {
	{ "kmalloc size=10000", "poke off=10000", "kfree" }, "kfree",
	{ OOB, "kdal_target_kmalloc",
	  { "of size 10000 in 4 pages of kmalloc", "first at offset 10000", "(0 bytes past" },
	  .alloc = "kdal_target_kmalloc", .detected = "kdal_target_kfree", .not_freed = true },
};

static const struct program large_zalloc = {
	{ "kzalloc size=20001", "poke off=20005 len=2", "verify", "kfree" }, "verify",
	{ OOB, "kdal_target_kzalloc", { "of size 20001", "2 bytes changed", "(4 bytes past" },
	  .alloc = "kdal_target_kzalloc" },
};

static const struct program large_node = {
	{ "kmalloc_node size=10000 node=0", "poke off=10000", "kfree" }, "kfree",
	{ OOB, "kdal_target_kmalloc_node", { "of size 10000" },
	  .alloc = "kdal_target_kmalloc_node" },
};

static const struct program large_grown = {
	{ "kmalloc size=100", "krealloc size=10000", "poke off=10000", "kvfree" }, "kvfree",
	{ OOB, "kdal_target_krealloc", { "of size 10000" },
	  .alloc = "kdal_target_krealloc", .detected = "kdal_target_kvfree" },
};

static const struct program large_grown_in_place = {
	{ "kmalloc size=10000", "krealloc size=12000", "poke off=12000", "kfree" }, "kfree",
	{ OOB, "kdal_target_kmalloc", { "of size 12000", "first at offset 12000" } },
};

static const struct program large_uaf = {
	{ "kmalloc size=10000", "kfree", "poke off=9999", "verify" }, "verify",
	{ UAF, "kdal_target_kmalloc", { "of size 10000", "1 byte changed", "offset 9999" },
	  .alloc = "kdal_target_kmalloc", .freed = "kdal_target_kfree" },
};

static const struct program large_twice = {
	{ "kmalloc size=10000", "kfree", "kfree_again" }, "kfree_again",
	{ TWICE, "kdal_target_kfree_again", { "of size 10000" },
	  .alloc = "kdal_target_kmalloc", .freed = "kdal_target_kfree",
	  .detected = "kdal_target_kfree_again" },
};

static const struct program large_interior = {
	{ "kmalloc size=10000", "kfree off=4096", "kfree_again" }, "kfree off",
	{ "BUG: KDAL: invalid-free", "kdal_target_kfree", { "of size 10000", "offset 4096" },
	  .alloc = "kdal_target_kmalloc", .not_freed = true },
};

static const struct program large_as_pages = {
	{ "kmalloc size=10000", "page_free order=2", "kfree" }, "page_free",
	{ MISMATCH, "kdal_target_free_pages", { "of size 10000", "freed as pages" },
	  .alloc = "kdal_target_kmalloc" },
};

static const struct program uaf = {
	{ "page_alloc order=1", "page_free order=1", "poke off=5000 len=3", "verify" }, "verify",
	{ UAF, "kdal_target_alloc_pages", { "of size 8192 in 2 pages", "3 bytes", "offset 5000" },
	  .alloc = "kdal_target_alloc_pages", .freed = "kdal_target_free_pages" },
};

static const struct program uaf_put = {
	{ "page_get_zeroed", "page_put", "poke off=4095", "verify" }, "verify",
	{ UAF, "kdal_target_get_zeroed_page", { "of size 4096", "offset 4095" },
	  .alloc = "kdal_target_get_zeroed_page", .freed = "kdal_target_put_page" },
};

static const struct program uaf_exact = {
	{ "page_alloc_exact size=12000", "page_free_exact size=12000", "poke off=8200", "verify" },
	"verify",
	{ UAF, "kdal_target_alloc_pages_exact", { "of size 12000", "offset 8200" },
	  .alloc = "kdal_target_alloc_pages_exact", .freed = "kdal_target_free_pages_exact" },
};

static const struct program twice = {
	{ "page_get_free_pages order=2", "page_free order=2", "page_free_again order=2" },
	"page_free_again",
	{ TWICE, "kdal_target_free_pages_again", { "in 4 pages" },
	  .alloc = "kdal_target_get_free_pages", .freed = "kdal_target_free_pages",
	  .detected = "kdal_target_free_pages_again" },
};

static const struct program twice_compound = {
	{ "page_alloc_compound order=2", "page___free order=2", "page_free_again order=2" },
	"page_free_again",
	{ TWICE, "kdal_target_free_pages_again", { "in 4 pages" },
	  .alloc = "kdal_target_alloc_compound", .freed = "kdal_target___free_pages" },
};

static const struct program twice_exact = {
	{ "page_alloc_exact size=9000", "page_free_exact size=9000", "page_free_exact size=9000",
	  "verify" }, "verify",
	{ TWICE, "kdal_target_free_pages_exact", { "of size 9000" },
	  .alloc = "kdal_target_alloc_pages_exact", .freed = "kdal_target_free_pages_exact" },
};

static const struct program order_low = {
	{ "page_alloc order=2", "page_free order=1" }, "page_free",
	{ ORDER, "kdal_target_free_pages", { "freed with order 1, allocated with order 2" },
	  .alloc = "kdal_target_alloc_pages", .detected = "kdal_target_free_pages" },
};

static const struct program order_high = {
	{ "page_alloc_node order=0 node=0", "page_free order=3" }, "page_free",
	{ ORDER, "kdal_target_free_pages", { "freed with order 3, allocated with order 0" },
	  .alloc = "kdal_target_alloc_pages_node" },
};

static const struct program order_exact = {
	{ "page_alloc_exact size=12000", "page_free_exact size=4096" }, "page_free_exact",
	{ ORDER, "kdal_target_free_pages_exact",
	  { "freed with 4096 bytes, allocated with 12000" },
	  .alloc = "kdal_target_alloc_pages_exact" },
};

static const struct program interior = {
	{ "page_alloc order=2", "page_free_again off=8192 order=0", "page_free order=2" },
	"page_free_again",
	{ "BUG: KDAL: invalid-free", "kdal_target_free_pages_again", { "number 2, not the first" },
	  .alloc = "kdal_target_alloc_pages", .not_freed = true },
};

static const struct program as_kmalloc = {
	{ "page_alloc_compound order=1", "kfree_again", "page_free order=1" }, "kfree_again",
	{ MISMATCH, "kdal_target_kfree_again", { "as if kmalloc() gave it" },
	  .alloc = "kdal_target_alloc_compound" },
};

static const struct program fine_large = {
	{ "kmalloc n=20 size=10000", "poke n=20 len=10000", "krealloc n=20 size=40000",
	  "poke n=20 len=40000", "verify", "krealloc n=20 size=50", "kfree n=20", "verify" },
};

static const struct program fine_pages = {
	{ "page_alloc n=20 order=1", "poke n=20 len=8192", "page_get_zeroed slot=20 n=20",
	  "poke slot=20 n=20 len=4096", "verify", "page___free n=20 order=1",
	  "page_put slot=20 n=20", "verify" },
};

static const struct program fine_compound = {
	{ "page_alloc_compound n=9 order=3", "page_alloc_folio slot=9 n=9 order=2",
	  "poke n=9 len=32768", "poke slot=9 n=9 len=16384", "page_free n=9 order=3",
	  "page_put slot=9 n=9", "verify" },
};

static const struct program fine_exact = {
	{ "page_alloc_exact n=9 size=12001", "poke n=9 len=16384", "page_free_exact n=9 size=12001",
	  "verify" },
};

static const struct program fine_split = {
	{ "page_alloc order=1", "page_split order=1", "poke len=8192", "page_free off=4096",
	  "page_free", "verify" },
};

/* Whoever else has a reference keeps the page. */
static const struct program fine_shared = {
	{ "page_alloc", "page_get", "page_free", "poke len=4096", "verify", "page_put", "verify" },
};

static void run(const void *arg)
{
	long long unchecked = kdal_unchecked();
	const struct program *p = arg;
	size_t i;

	kdal_rule("module kdal_target");
	for (i = 0; i < MAX_STEPS && p->steps[i]; i++) {
		target_step(p->steps[i]);
		if (!i)
			REQUIRE(kdal_stat("live_objects") > 0, "KDAL does not have the memory");
		if (p->expect_after && !strncmp(p->steps[i], p->expect_after,
						strlen(p->expect_after)))
			reports_expect(&p->want, 1);
	}
	EXPECT_EQ(kdal_stat("live_objects"), 0);
	EXPECT_EQ(kdal_unchecked(), unchecked);
}

/* The other interface's memory is left alone. */
static void by_api(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target api page");
	target_do("kmalloc size=10000");
	EXPECT_EQ(kdal_stat("live_objects"), 0);
	target_do("kfree");
	target_do("page_alloc");
	EXPECT_EQ(kdal_stat("live_objects"), 1);
	target_do("page_free");
	kdal_rule("clear; module kdal_target api slab");
	target_do("kmalloc size=10000");
	EXPECT_EQ(kdal_stat("live_objects"), 1);
	target_do("kfree");
	target_do("page_alloc");
	EXPECT_EQ(kdal_stat("live_objects"), 0);
	target_do("page_free");
}

static void shown(const void *arg)
{
	struct table t;
	long long pages = 0;
	size_t i;
	long row;

	(void)arg;
	kdal_rule("module kdal_target");
	target_do("page_alloc n=3 order=2");
	target_do("kmalloc slot=3 size=10000");
	t = table_read("objects");
	row = table_find(&t, 0, "site", "kdal_target_alloc_pages+");
	REQUIRE(row >= 0, "pages are not among the objects");
	EXPECT_EQ(table_number(&t, row, "size"), 16384);
	EXPECT(!strcmp(table_cell(&t, row, "api"), "page"), "api %s", table_cell(&t, row, "api"));
	row = table_find(&t, 0, "site", "kdal_target_kmalloc+");
	REQUIRE(row >= 0, "a large kmalloc is not among the objects");
	EXPECT_EQ(table_number(&t, row, "size"), 10000);
	EXPECT(!strcmp(table_cell(&t, row, "api"), "slab"), "api %s", table_cell(&t, row, "api"));
	table_free(&t);
	t = table_read("zones");
	for (i = 0; i < t.rows; i++)
		if (!strncmp(table_cell(&t, i, "class"), "page@", 5))
			pages += table_number(&t, i, "live");
	table_free(&t);
	EXPECT_EQ(pages, 3 * 4 + 4);
	EXPECT_EQ(kdal_site("kdal_target_alloc_pages", "live"), 3);
	EXPECT_EQ(kdal_site("kdal_target_alloc_pages", "bytes"), 3 * 16384);
	target_do("page_free n=3 order=2");
	target_do("kfree slot=3");
	EXPECT_EQ(kdal_site("kdal_target_alloc_pages", "live"), 0);
}

/* Freed from where interrupts are off, and in interrupts. */
static void contexts(const void *arg)
{
	const char *ctx = arg;

	kdal_rule("module kdal_target");
	target_do("page_alloc n=50 order=1 gfp=atomic ctx=%s", ctx);
	target_do("kmalloc slot=50 n=50 size=9000 gfp=atomic ctx=%s", ctx);
	EXPECT_EQ(kdal_stat("live_objects"), 100);
	target_do("page_free n=50 order=1 ctx=%s", ctx);
	target_do("kfree slot=50 n=50 ctx=%s", ctx);
	EXPECT_EQ(kdal_stat("live_objects"), 0);
	EXPECT_EQ(kdal_verify(), 0);
}

/* A leak would stay for good: the module, loaded again, frees the pages. */
static void leak(const void *arg)
{
	long long page, large;

	(void)arg;
	kdal_rule("module kdal_target");
	target_do("page_alloc slot=0 order=1");
	target_do("addr slot=0");
	page = target_value("addr");
	target_do("kmalloc slot=1 size=10000");
	target_do("addr slot=1");
	large = target_value("addr");
	target_do("forget slot=0 n=2");
	REQUIRE(!module_unload("kdal_target"), "cannot unload kdal_target");
	EXPECT_EQ(reports_expect_all(&(struct want){ "WARNING: KDAL: leak at unload", NULL,
				     { "1 object, " } }), 2);
	REQUIRE(!module_load("kdal_target", ""), "cannot load kdal_target");
	target_do("adopt slot=0 addr=%lld", page);
	target_do("page_free order=1");
	target_do("adopt slot=1 addr=%lld", large);
	target_do("kfree slot=1");
	EXPECT_EQ(kdal_stat("live_objects"), 0);
}

static const struct kt_case cases[] = {
	{ "large: one byte right", run, &large_right },
	{ "large: right, kzalloc, verify", run, &large_zalloc },
	{ "large: right, kmalloc_node", run, &large_node },
	{ "large: right, krealloc from the heap", run, &large_grown },
	{ "large: right, krealloc in place", run, &large_grown_in_place },
	{ "large: write after kfree", run, &large_uaf },
	{ "large: double free", run, &large_twice },
	{ "large: interior address", run, &large_interior },
	{ "large: freed as pages", run, &large_as_pages },
	{ "write after free", run, &uaf },
	{ "write after put_page", run, &uaf_put },
	{ "write after free_pages_exact", run, &uaf_exact },
	{ "double free", run, &twice },
	{ "double free, compound", run, &twice_compound },
	{ "double free, exact", run, &twice_exact },
	{ "order too low", run, &order_low },
	{ "order too high", run, &order_high },
	{ "wrong size, exact", run, &order_exact },
	{ "interior page", run, &interior },
	{ "pages to kfree", run, &as_kmalloc },
	{ "silent: large", run, &fine_large },
	{ "silent: pages", run, &fine_pages },
	{ "silent: compound", run, &fine_compound },
	{ "silent: exact", run, &fine_exact },
	{ "silent: split_page", run, &fine_split },
	{ "silent: shared", run, &fine_shared },
	{ "rules by api", by_api, NULL },
	{ "in objects, sites and zones", shown, NULL },
	{ "interrupts off", contexts, "irqsoff" },
	{ "softirq", contexts, "softirq" },
	{ "hardirq", contexts, "hardirq" },
	{ "leak at unload", leak, NULL },
};

KT_MAIN(KT_KDAL | KT_TARGET)
