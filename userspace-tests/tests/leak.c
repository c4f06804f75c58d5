// SPDX-License-Identifier: GPL-2.0
/*
 * Objects that are left when their module or their cache goes away.
 *
 * A leak would stay for good. So the test notes the addresses, and the module,
 * loaded again, takes the objects over and frees them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kdal.h"
#include "kt.h"

#define MAX_LEAKS 8

static long long leaked[MAX_LEAKS];
static int nr_leaked;

static void leak_slots(int first, int n)
{
	int slot;

	for (slot = first; slot < first + n; slot++) {
		target_do("addr slot=%d", slot);
		leaked[nr_leaked++] = target_value("addr");
	}
	target_do("forget slot=%d n=%d", first, n);
}

static void take_back(void)
{
	while (nr_leaked) {
		target_do("adopt addr=%lld", leaked[--nr_leaked]);
		target_do("kfree");
	}
}

static void unload(void)
{
	int err = module_unload("kdal_target");

	REQUIRE(!err, "cannot unload kdal_target: %s", strerror(-err));
}

static void load(const char *args)
{
	int err = module_load("kdal_target", args);

	REQUIRE(!err, "cannot load kdal_target: %s", strerror(-err));
}

static void at_unload(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc n=5 size=100");
	target_do("kfree slot=3 n=2");
	leak_slots(0, 3);
	unload();
	load("");
	EXPECT_REPORT("WARNING: KDAL: leak at unload", "kdal_target_kmalloc",
		      { "3 objects", "300 bytes", "[kdal_target]" },
		      .alloc = "kdal_target_kmalloc");
	EXPECT_EQ(kdal_stat("live_objects"), 3);
	take_back();
	EXPECT_EQ(kdal_stat("live_objects"), 0);
}

/* One block for each call site. */
static void two_sites(const void *arg)
{
	static const struct want want = { "WARNING: KDAL: leak at unload" };

	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc n=2 size=100");
	target_do("kzalloc slot=2 n=3 size=30");
	leak_slots(0, 5);
	unload();
	load("");
	EXPECT_EQ(reports_expect_all(&want), 2);
	take_back();
}

/* What the exit function frees, in whatever way, is not left behind. */
static void freed_in_time(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc slot=0 n=50 size=100");
	target_do("kmalloc slot=50 n=50 size=100");
	target_do("devm_kmalloc slot=100 n=5 size=40");
	target_do("kasprintf slot=110 n=5 size=40");
	target_do("kfree_rcu slot=50 n=50");
	unload();
	EXPECT_EQ(kdal_stat("live_objects"), 0);
	load("");
}

static void without_the_check(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target =FZPUQMC");
	target_do("kmalloc n=2 size=100");
	leak_slots(0, 2);
	unload();
	load("");
	take_back();
}

/* The rule is gone; its objects are still looked after. */
static void rule_gone_before(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc n=2 size=100");
	kdal_rule("module kdal_target =_");
	leak_slots(0, 2);
	unload();
	load("");
	EXPECT_REPORT("WARNING: KDAL: leak at unload", "kdal_target_kmalloc", { "2 objects" });
	take_back();
}

/* A leaked object is still checked after its module's text is gone. */
static void damaged_after_unload(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc size=100");
	leak_slots(0, 1);
	unload();
	load("");
	EXPECT_REPORT("WARNING: KDAL: leak at unload", "kdal_target_kmalloc");
	target_do("adopt addr=%lld", leaked[--nr_leaked]);
	target_do("poke off=100");
	target_do("kfree");
	EXPECT_REPORT("BUG: KDAL: slab-out-of-bounds write", "kdal_target_kmalloc",
		      { "first at offset 100" }, .alloc = "kdal_target_kmalloc",
		      .detected = "kdal_target_kfree");
}

/* An init function that fails leaves as much behind as an exit function. */
static void failed_init(const void *arg)
{
	char *line, *at;

	(void)arg;
	unload();
	kdal_rule("module kdal_target");
	EXPECT_EQ(module_load("kdal_target", "init_n=1 init_size=123 init_error=-19"), -ENODEV);
	line = kmsg_line("left behind addr=");
	REQUIRE(line && (at = strstr(line, "addr=")), "no address in the kernel log");
	leaked[nr_leaked++] = atoll(at + 5);
	free(line);
	load("");
	EXPECT_REPORT("WARNING: KDAL: leak at unload", "kdal_target_init_alloc",
		      { "1 object", "123 bytes" }, .alloc = "kdal_target_init_alloc");
	take_back();
}

static void at_destroy(const void *arg)
{
	(void)arg;
	target_do("cache_create size=100");
	kdal_rule("module kdal_target");
	target_do("cache_alloc n=4");
	target_do("cache_free n=2");
	EXPECT_EQ(kdal_stat("live_objects"), 2);
	target_do("cache_destroy");
	EXPECT_REPORT("WARNING: KDAL: leak at destroy", "kdal_target_cache_alloc",
		      { "2 objects", "kdal_target_0" }, .alloc = "kdal_target_cache_alloc");
	target_do("kfree slot=2 n=2");
	EXPECT_EQ(kdal_stat("live_objects"), 0);
}

static void destroy_of_an_empty_cache(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	target_do("cache_create size=100");
	target_do("cache_alloc n=100");
	target_do("kfree_rcu n=100");
	target_do("cache_destroy");
	EXPECT_EQ(kdal_stat("live_objects"), 0);
}

static const struct kt_case cases[] = {
	{ "at unload", at_unload, NULL },
	{ "at unload, two sites", two_sites, NULL },
	{ "nothing at unload", freed_in_time, NULL },
	{ "at unload, without L", without_the_check, NULL },
	{ "at unload, the rule is gone", rule_gone_before, NULL },
	{ "damaged after the unload", damaged_after_unload, NULL },
	{ "failed init", failed_init, NULL },
	{ "at destroy", at_destroy, NULL },
	{ "nothing at destroy", destroy_of_an_empty_cache, NULL },
};

KT_MAIN(KT_KDAL | KT_TARGET)
