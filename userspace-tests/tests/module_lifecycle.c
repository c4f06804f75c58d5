// SPDX-License-Identifier: GPL-2.0
/* Rules of modules that are not there yet, go away and come back. */
#include <string.h>

#include "kdal.h"
#include "kt.h"

static void unload(void)
{
	REQUIRE_EQ(module_unload("kdal_target"), 0);
}

static void load(const char *args)
{
	REQUIRE_EQ(module_load("kdal_target", args), 0);
}

static void init_function(const void *arg)
{
	(void)arg;
	unload();
	kdal_rule("module kdal_target");
	EXPECT_EQ(kdal_hits("module kdal_target"), 0);
	load("init_n=5 init_size=48");
	EXPECT_EQ(kdal_stat("live_objects"), 5);
	EXPECT_EQ(kdal_stat("live_bytes"), 5 * 48);
	EXPECT_EQ(kdal_site("kdal_target_init_alloc", "live"), 5);
	EXPECT_EQ(kdal_objects("kdal_target_init_alloc"), 5);
	EXPECT_EQ(kdal_hits("module kdal_target"), 5);
}

/* The init text is gone when its stack is printed, its names are not. */
static void stack_of_init(const void *arg)
{
	(void)arg;
	unload();
	kdal_rule("module kdal_target");
	load("init_n=1 init_size=48");
	REQUIRE_EQ(kdal_stat("live_objects"), 1);
	target_do("poke off=48");
	target_do("kfree");
	EXPECT_REPORT("BUG: KDAL: slab-out-of-bounds write", "kdal_target_init_alloc",
		      { "[kdal_target]" }, .alloc = "kdal_target_init_alloc",
		      .detected = "kdal_target_kfree");
}

static void reload(const void *arg)
{
	int round;

	(void)arg;
	unload();
	kdal_rule("module kdal_target");
	for (round = 1; round <= 5; round++) {
		load("init_n=3");
		target_do("kmalloc slot=10 n=4");
		EXPECT_EQ(kdal_stat("live_objects"), 7);
		EXPECT_EQ(kdal_hits("module kdal_target"), 7 * round);
		unload();
		EXPECT_EQ(kdal_stat("live_objects"), 0);
	}
	load("");
}

/* The freed objects of a module that is gone are still watched. */
static void write_after_unload(const void *arg)
{
	long long addr;

	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc size=200");
	target_do("addr");
	addr = target_value("addr");
	unload();
	load("");
	target_do("adopt addr=%lld", addr);
	target_do("forget");
	target_do("poke off=100");
	EXPECT_EQ(kdal_verify(), 1);
	EXPECT_REPORT("BUG: KDAL: slab-use-after-free write", "kdal_target_kmalloc",
		      { "offset 100", "[kdal_target]" }, .alloc = "kdal_target_kmalloc");
}

static void sites_of_a_gone_module(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc n=10 size=64");
	unload();
	EXPECT_EQ(kdal_site("kdal_target_kmalloc", "live"), 0);
	EXPECT_EQ(kdal_objects("kdal_target_kmalloc"), 0);
	load("");
	target_do("kmalloc n=3 size=64");
	EXPECT_EQ(kdal_site("kdal_target_kmalloc", "live"), 3);
}

static void many_reloads(const void *arg)
{
	int round;

	(void)arg;
	kdal_rule("module kdal_target");
	for (round = 0; round < 50; round++) {
		unload();
		load("init_n=10");
		target_do("kmalloc slot=10 n=10");
	}
	EXPECT_EQ(kdal_stat("live_objects"), 20);
	EXPECT_EQ(kdal_stat("site_overflow"), 0);
}

static const struct kt_case cases[] = {
	{ "init function of a module not yet loaded", init_function, NULL },
	{ "stack of an init function", stack_of_init, NULL },
	{ "reload", reload, NULL },
	{ "write after the unload", write_after_unload, NULL },
	{ "sites of a module that is gone", sites_of_a_gone_module, NULL },
	{ "50 reloads", many_reloads, NULL },
};

KT_MAIN(KT_KDAL | KT_TARGET)
