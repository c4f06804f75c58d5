// SPDX-License-Identifier: GPL-2.0
/* vmalloc(), ioremap() and percpu memory: right use, and each class of bug. */
#include <stdio.h>
#include <string.h>

#include "kdal.h"
#include "kt.h"

#define MAX_STEPS 6
/* No RAM, and nothing answers there; it is not read or written. */
#define NOTHING "0xfed41000"

/* What a module does, step by step, and the one report it must give, if any. */
struct use {
	const char *steps[MAX_STEPS];	/* commands, or "verify" */
	const char *expect_after;	/* the step that gives the report: a prefix */
	struct want want;
	bool behind;			/* writes beyond the size of a vmalloc area */
};

#define VOOB "BUG: KDAL: vmalloc-out-of-bounds write"
#define POOB "BUG: KDAL: percpu-out-of-bounds write"

static const struct use v_right = {
	{ "vmalloc size=5000", "area_poke off=5000 len=3", "vfree" }, "vfree",
	{ VOOB, "kdal_target_vmalloc",
	  { "of size 5000 from vmalloc", "3 bytes changed right of the object",
	    "first at offset 5000 (0 bytes past", "api vmalloc" },
	  .alloc = "kdal_target_vmalloc", .detected = "kdal_target_vfree", .not_freed = true },
	.behind = true,
};

static const struct use v_right_verify = {
	{ "vzalloc size=100", "area_poke off=4095", "verify", "vfree" }, "verify",
	{ VOOB, "kdal_target_vzalloc", { "first at offset 4095 (3995 bytes past" } },
	.behind = true,
};

static const struct use v_right_kvmalloc = {
	{ "kvmalloc size=9000001", "area_poke off=9000001", "vfree" }, "vfree",
	{ VOOB, "kdal_target_kvmalloc", { "first at offset 9000001 (0 bytes past" } },
	.behind = true,
};

static const struct use v_twice = {
	{ "vmalloc size=5000", "vfree", "vfree_wrong" }, "vfree_wrong",
	{ "BUG: KDAL: double-free", "kdal_target_vfree", { "of size 5000" },
	  .alloc = "kdal_target_vmalloc", .freed = "kdal_target_vfree" },
};

static const struct use v_interior = {
	{ "vmalloc size=9000", "vfree off=4096", "vfree" }, "vfree off",
	{ "BUG: KDAL: invalid-free", "kdal_target_vfree", { "at offset 4096, not the start" },
	  .alloc = "kdal_target_vmalloc", .not_freed = true },
};

static const struct use v_of_io = {
	{ "ioremap size=64 addr=" NOTHING, "vfree_wrong", "iounmap" }, "vfree_wrong",
	{ "BUG: KDAL: mismatched-free", "kdal_target_vfree",
	  { "ioremap memory passed to vfree()", "of size 64 from ioremap" },
	  .alloc = "kdal_target_ioremap" },
};

static const struct use p_right = {
	{ "alloc_percpu size=100", "percpu_poke node=1 off=100", "free_percpu" }, "free_percpu",
	{ POOB, "kdal_target_alloc_percpu",
	  { "of size 100", "1 byte changed right of the object",
	    "first at offset 100 (0 bytes past", "in the copy of cpu 1", "api percpu" },
	  .alloc = "kdal_target_alloc_percpu", .detected = "kdal_target_free_percpu" },
};

static const struct use p_right_verify = {
	{ "alloc_percpu size=9 align=64", "percpu_poke node=0 off=12 len=4", "verify",
	  "free_percpu" }, "verify",
	{ POOB, "kdal_target_alloc_percpu", { "4 bytes changed", "offset 12 (3 bytes past" } },
};

static const struct use p_uaf = {
	{ "alloc_percpu size=100", "free_percpu", "percpu_poke node=1 off=99", "verify" }, "verify",
	{ "BUG: KDAL: percpu-use-after-free write", "kdal_target_alloc_percpu",
	  { "1 byte changed in the freed object, first at offset 99", "in the copy of cpu 1" },
	  .alloc = "kdal_target_alloc_percpu", .freed = "kdal_target_free_percpu" },
};

static const struct use p_interior = {
	{ "alloc_percpu size=100", "free_percpu off=8", "free_percpu" }, "free_percpu off",
	{ "BUG: KDAL: invalid-free", "kdal_target_free_percpu", { "at offset 8, not the start" },
	  .alloc = "kdal_target_alloc_percpu" },
};

/* Correct */

static const struct use v_silent = {
	{ "vmalloc size=5000", "area_poke off=0 len=5000", "verify", "vfree" }, NULL, { NULL },
};

static const struct use v_user_silent = {
	{ "vmalloc_user size=100", "area_poke off=0 len=4096", "verify", "vfree" }, NULL, { NULL },
	.behind = true,
};

/* The page was asked for: it may be mapped, or be given to a device. */
static const struct use v_page_silent = {
	{ "vmalloc size=100", "vmalloc_to_page", "area_poke off=0 len=4096", "verify", "vfree" },
	NULL, { NULL }, .behind = true,
};

static const struct use io_silent = {
	{ "ioremap size=64 addr=" NOTHING, "verify", "iounmap" }, NULL, { NULL },
};

static const struct use p_silent = {
	{ "alloc_percpu size=1000", "percpu_poke node=0 off=0 len=1000",
	  "percpu_poke node=1 off=0 len=1000", "verify", "free_percpu" }, NULL, { NULL },
};

static const struct use p_atomic_silent = {
	{ "alloc_percpu size=16 gfp=atomic ctx=irqsoff", "free_percpu ctx=hardirq" }, NULL,
	{ NULL },
};

static void run(const void *arg)
{
	const struct use *use = arg;
	size_t i;

	if (use->behind && kernel_has("kasan_populate_vmalloc"))
		kt_skip("KASAN looks after what is behind a vmalloc area, and KDAL does not");
	kdal_rule("module kdal_target");
	for (i = 0; i < MAX_STEPS && use->steps[i]; i++) {
		const char *cmd = use->steps[i];

		target_step(cmd);
		/* Nobody wants these bugs in memory that KDAL does not know. */
		if (!i)
			REQUIRE_EQ(kdal_stat("live_objects"), 1);
		if (use->expect_after &&
		    !strncmp(cmd, use->expect_after, strlen(use->expect_after)))
			reports_expect(&use->want, 1);
	}
	EXPECT_EQ(kdal_stat("live_objects"), 0);
}

static void percpu_twice(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	target_do("alloc_percpu size=100");
	REQUIRE_EQ(kdal_stat("live_objects"), 1);
	target_do("free_percpu");
	target_do("free_percpu");
	EXPECT_REPORT("BUG: KDAL: double-free", "kdal_target_free_percpu", { "of size 100" },
		      .alloc = "kdal_target_alloc_percpu", .freed = "kdal_target_free_percpu");
}

/* stats, sites and objects know the areas. */
static void in_the_files(const void *arg)
{
	struct table t;
	long row;

	(void)arg;
	kdal_rule("module kdal_target");
	target_do("vmalloc slot=0 size=5000");
	target_do("alloc_percpu slot=1 size=100");
	EXPECT_EQ(kdal_stat("live_objects"), 2);
	EXPECT_EQ(kdal_stat("live_bytes"), 5100);
	EXPECT_EQ(kdal_site("kdal_target_vmalloc", "bytes"), 5000);
	EXPECT_EQ(kdal_objects("kdal_target_alloc_percpu"), 1);
	t = table_read("objects");
	row = table_find(&t, 0, "site", "kdal_target_vmalloc+");
	if (EXPECT(row >= 0, "not among the objects"))
		EXPECT(!strcmp(table_cell(&t, row, "api"), "vmalloc"), "api %s",
		       table_cell(&t, row, "api"));
	table_free(&t);
	target_do("vfree slot=0");
	target_do("free_percpu slot=1");
}

/* A rule may name the interface. */
static void by_api(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target api percpu");
	target_do("vmalloc slot=0 size=5000");
	EXPECT_EQ(kdal_stat("live_objects"), 0);
	target_do("alloc_percpu slot=1 size=100");
	EXPECT_EQ(kdal_stat("live_objects"), 1);
	target_do("vfree slot=0");
	target_do("free_percpu slot=1");
}

static void leave_behind(const char *cmd, const char *func, const char *bytes,
			 const char *undo)
{
	long long addr;
	int err;

	kdal_rule("module kdal_target");
	target_do("%s", cmd);
	target_do("area_addr");
	addr = target_value("addr");
	target_do("area_forget");
	err = module_unload("kdal_target");
	REQUIRE(!err, "cannot unload kdal_target: %s", strerror(-err));
	err = module_load("kdal_target", "");
	REQUIRE(!err, "cannot load kdal_target: %s", strerror(-err));
	EXPECT_REPORT("WARNING: KDAL: leak at unload", func, { "1 object", bytes }, .alloc = func);
	target_do("area_adopt addr=%lld", addr);
	target_do("%s", undo);
	EXPECT_EQ(kdal_stat("live_objects"), 0);
}

static void leak_vmalloc(const void *arg)
{
	(void)arg;
	leave_behind("vmalloc size=5000", "kdal_target_vmalloc", "5000 bytes", "vfree");
}

static void leak_percpu(const void *arg)
{
	(void)arg;
	leave_behind("alloc_percpu size=100", "kdal_target_alloc_percpu", "100 bytes", "free_percpu");
}

static void leak_ioremap(const void *arg)
{
	(void)arg;
	leave_behind("ioremap size=64 addr=" NOTHING, "kdal_target_ioremap", "64 bytes",
		     "iounmap");
}

static const struct kt_case cases[] = {
	{ "vmalloc, correct", run, &v_silent },
	{ "vmalloc_user: its page is user space's", run, &v_user_silent },
	{ "vmalloc, page asked for", run, &v_page_silent },
	{ "ioremap, correct", run, &io_silent },
	{ "percpu, correct", run, &p_silent },
	{ "percpu, atomic", run, &p_atomic_silent },
	{ "vmalloc: three bytes right", run, &v_right },
	{ "vmalloc: last byte of the page, found by verify", run, &v_right_verify },
	{ "kvmalloc: right", run, &v_right_kvmalloc },
	{ "vmalloc: double free", run, &v_twice },
	{ "vmalloc: free of an interior address", run, &v_interior },
	{ "ioremap memory to vfree", run, &v_of_io },
	{ "percpu: right", run, &p_right },
	{ "percpu: right, found by verify", run, &p_right_verify },
	{ "percpu: write after free", run, &p_uaf },
	{ "percpu: double free", percpu_twice, NULL },
	{ "percpu: free of an interior address", run, &p_interior },
	{ "in stats, sites and objects", in_the_files, NULL },
	{ "rule with api", by_api, NULL },
	{ "vmalloc: leak at unload", leak_vmalloc, NULL },
	{ "percpu: leak at unload", leak_percpu, NULL },
	{ "ioremap: leak at unload", leak_ioremap, NULL },
};

KT_MAIN(KT_KDAL | KT_TARGET)
