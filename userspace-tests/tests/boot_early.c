// SPDX-License-Identifier: GPL-2.0
/*
 * kdal="module vmlinux": built-in code is watched from the early initcalls on.
 * Most of its objects stay for good, so this is a boot of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "kdal.h"
#include "kt.h"

/* The kernel says this after the early initcalls and before all others. */
#define SMP_UP "smp: Brought up "

static void need_vmlinux(void)
{
	char *rules;

	if (!kdal_present())
		kt_skip_all("no KDAL: " KDAL_DIR "/control is not there (CONFIG_KDAL)");
	rules = kdal_rules();
	if (!strstr(rules, "module vmlinux "))
		kt_skip_all("no rule \"module vmlinux\" since the boot");
	free(rules);
	reports_begin();
}

/* The age of the oldest object that is still live, in ms. */
static long long oldest(size_t *rows)
{
	struct table t = table_read("objects");
	long long max = 0, age;
	size_t row;

	for (row = 0; row < t.rows; row++) {
		age = table_number(&t, row, "age_ms");
		max = age > max ? age : max;
	}
	*rows = t.rows;
	table_free(&t);
	return max;
}

static void before_other_initcalls(const void *arg)
{
	long long up = kmsg_time(SMP_UP), age, now;
	size_t rows;

	(void)arg;
	REQUIRE(up > 0, "no line \"" SMP_UP "\" in the kernel log");
	EXPECT_GT(kdal_hits("module vmlinux"), 0);
	age = oldest(&rows);
	kmsg_mark("now");
	now = kmsg_time("kdal-tests: now");
	kt_info("%zu objects; the oldest from %lld us on, all CPUs up at %lld us", rows,
		now - age * 1000, up);
	EXPECT_GT(rows, 0);
	EXPECT_GT(up, now - age * 1000);
}

static void nothing_found(const void *arg)
{
	(void)arg;
	EXPECT_EQ(kdal_verify(), 0);
	EXPECT_EQ(kdal_stat("reports"), 0);
	EXPECT_EQ(kdal_stat("lost_objects"), 0);
	EXPECT(!kmsg_has(": KDAL: "), "a report during the boot");
}

/* Without a rule the objects of the boot stay, are KDAL's, and can be freed. */
static void drains(const void *arg)
{
	long long live = kdal_stat("live_objects"), allocs;

	(void)arg;
	kdal_rule("clear");
	EXPECT(kdal_state_is("draining"), "not draining with %lld objects live", live);
	allocs = kdal_stat("total_allocs");
	drop_slab();
	EXPECT_GT(kdal_stat("live_objects"), 0);
	EXPECT_GE(live, kdal_stat("live_objects"));
	EXPECT_EQ(kdal_stat("total_allocs"), allocs);
	EXPECT_EQ(kdal_verify(), 0);
}

/* A rule that is added while the layer drains is in force at once. */
static void rule_while_draining(const void *arg)
{
	(void)arg;
	REQUIRE_EQ(module_load("kdal_target", ""), 0);
	kdal_rule("module kdal_target");
	EXPECT(kdal_state_is("running"), "not running");
	target_do("kmalloc size=100");
	REQUIRE_EQ(kdal_site("kdal_target_kmalloc", "live"), 1);
	target_do("poke off=100");
	target_do("kfree");
	EXPECT_REPORT("BUG: KDAL: slab-out-of-bounds write", "kdal_target_kmalloc",
		      { "first at offset 100" });
	kdal_rule("clear");
	EXPECT(kdal_state_is("draining"), "not draining");
	EXPECT_EQ(module_unload("kdal_target"), 0);
}

static const struct kt_case cases[] = {
	{ "in force before other initcalls", before_other_initcalls, NULL },
	{ "nothing found", nothing_found, NULL },
	{ "drains", drains, NULL },
	{ "a rule while it drains", rule_while_draining, NULL },
};

KT_MAIN_SETUP(0, need_vmlinux)
