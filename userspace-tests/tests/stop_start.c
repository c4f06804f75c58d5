// SPDX-License-Identifier: GPL-2.0
/* Off means off: no memory, no caches; and on again as often as one likes. */
#include "kdal.h"
#include "kt.h"

static void nothing_held(void)
{
	static const char *const names[] = {
		"rules", "live_objects", "live_bytes", "cached_objects", "quarantined_objects",
		"quarantined_bytes", "reserve_objects", "memory_bytes",
	};
	size_t i;

	EXPECT(kdal_state_is("off"), "not off");
	for (i = 0; i < ARRAY_LEN(names); i++)
		EXPECT(!kdal_stat(names[i]), "%s is %lld", names[i], kdal_stat(names[i]));
	EXPECT(!slabinfo_has_prefix("kdal-"), "slabinfo has a kdal- cache");
}

static void clear_gives_all_back(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	EXPECT(kdal_state_is("running"), "not running");
	EXPECT(slabinfo_has_prefix("kdal-normal-64"), "no kdal-normal-64 in slabinfo");
	EXPECT_GT(kdal_stat("memory_bytes"), 0);
	target_do("kmalloc n=1000 size=100");
	target_do("kfree n=1000");
	REQUIRE(kdal_off(), "not off after clear");
	nothing_held();
}

static void draining(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc n=100 size=100");
	kdal_rule("clear");
	EXPECT(kdal_state_is("draining"), "not draining with objects live");
	EXPECT_EQ(kdal_stat("live_objects"), 100);
	/* new objects are not KDAL's any more */
	target_do("kmalloc slot=100 n=100 size=100");
	EXPECT_EQ(kdal_stat("live_objects"), 100);
	target_do("kfree slot=100 n=100");
	target_do("kfree n=99");
	EXPECT(kdal_state_is("draining"), "not draining with one object live");
	target_do("kfree slot=99");
	EXPECT(WAIT_FOR(kdal_state_is("off"), 5000), "not off after the last free");
	WAIT_FOR(!kdal_stat("memory_bytes"), 5000);
	nothing_held();
}

/* What is left of an earlier time is still checked while it drains. */
static void checked_while_draining(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc n=3 size=100");
	REQUIRE_EQ(kdal_stat("live_objects"), 3);
	kdal_rule("clear");
	target_do("poke slot=1 off=100");
	target_do("kfree n=3");
	EXPECT_REPORT("BUG: KDAL: slab-out-of-bounds write", "kdal_target_kmalloc",
		      { "first at offset 100" });
}

static void on_again_while_draining(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc slot=0 n=50 size=100");
	kdal_rule("clear");
	EXPECT(kdal_state_is("draining"), "not draining");
	kdal_rule("module kdal_target");
	EXPECT(kdal_state_is("running"), "not running");
	target_do("kmalloc slot=50 n=50 size=100");
	EXPECT_EQ(kdal_stat("live_objects"), 100);
	target_do("kfree n=100");
	EXPECT_EQ(kdal_stat("live_objects"), 0);
	EXPECT(kdal_state_is("running"), "not running");
}

static void twenty_times(const void *arg)
{
	int round;

	(void)arg;
	for (round = 0; round < 20 && !kt_failed(); round++) {
		kdal_rule("module kdal_target");
		target_do("kmalloc n=50 size=%d", 1 + round * 300);
		EXPECT_EQ(kdal_stat("live_objects"), 50);
		target_do("kfree n=50");
		EXPECT(kdal_off(), "not off in round %d", round);
		nothing_held();
	}
}

static int churner(int nr)
{
	int i, err = 0;

	if (nr)
		return target("churn n=20000 seed=%d", nr);
	for (i = 0; i < 20; i++) {
		err |= kdal_control("module kdal_target");
		kt_sleep_ms(5);
		err |= kdal_control("clear");
	}
	return err;
}

static void while_in_use(const void *arg)
{
	(void)arg;
	EXPECT_EQ(in_children(4, churner), 0);
	EXPECT(kdal_off(), "not off");
	nothing_held();
}

static const struct kt_case cases[] = {
	{ "clear gives all back", clear_gives_all_back, NULL },
	{ "draining", draining, NULL },
	{ "checked while draining", checked_while_draining, NULL },
	{ "on again while draining", on_again_while_draining, NULL },
	{ "20 times", twenty_times, NULL },
	{ "while in use", while_in_use, NULL },
};

KT_MAIN(KT_KDAL | KT_TARGET)
