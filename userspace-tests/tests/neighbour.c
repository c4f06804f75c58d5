// SPDX-License-Identifier: GPL-2.0
/* What no rule names is never touched. */
#include <string.h>

#include "kdal.h"
#include "kt.h"

#define HELD 200

static void not_listed(void)
{
	struct table t = table_read("sites");

	EXPECT(table_find(&t, 0, "module", "kdal_neighbour") < 0, "sites lists the neighbour");
	table_free(&t);
	EXPECT_EQ(kdal_objects("churn_alloc"), 0);
}

static void nothing_counted(const void *arg)
{
	long long before = kdal_stat("total_allocs"), unchecked = kdal_unchecked();

	(void)arg;
	kdal_rule("module kdal_target");
	EXPECT_EQ(neighbour("churn 5000 1"), 0);
	EXPECT_EQ(neighbour("hold %d 64", HELD), 0);
	EXPECT_EQ(kdal_stat("total_allocs"), before);
	EXPECT_EQ(kdal_hits("module kdal_target"), 0);
	EXPECT_EQ(kdal_unchecked(), unchecked);
	not_listed();
	EXPECT_EQ(neighbour("hold 0 0"), 0);
}

/* The kernel itself says which cache an object comes from. */
static void from_its_usual_cache(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	EXPECT_EQ(neighbour("hold %d 64", HELD), 0);
	EXPECT_EQ(neighbour("dump"), 0);
	if (!kmsg_has("slab kmalloc"))
		kt_skip("the kernel log does not say which cache (CONFIG_PRINTK)");
	EXPECT(!kmsg_has("slab kdal-"), "the neighbour's object is KDAL's");
	target_do("kmalloc size=64");
	target_do("dump");
	EXPECT(kmsg_has("slab kdal-normal-64"), "the target's object is not KDAL's");
	EXPECT_EQ(neighbour("hold 0 0"), 0);
}

static int both(int nr)
{
	return nr % 2 ? target("churn n=5000 seed=%d", nr) : neighbour("churn 5000 %d", nr);
}

/* Side by side, with the same sizes at the same time. */
static void side_by_side(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	EXPECT_EQ(neighbour("hold %d 100", HELD), 0);
	EXPECT_EQ(in_children(4, both), 0);
	EXPECT_EQ(neighbour("check"), 0);
	EXPECT_EQ(kdal_stat("live_objects"), 0);
	EXPECT_GT(kdal_hits("module kdal_target"), 0);
	EXPECT_EQ(kdal_verify(), 0);
	not_listed();
	EXPECT_EQ(neighbour("hold 0 0"), 0);
}

/* While the target damages its own objects the neighbour's stay whole. */
static void next_to_a_bug(const void *arg)
{
	static const struct want want = { "BUG: KDAL: ", "kdal_target_kmalloc" };

	(void)arg;
	kdal_rule("module kdal_target");
	EXPECT_EQ(neighbour("hold %d 64", HELD), 0);
	target_do("kmalloc n=30 size=64");
	REQUIRE_EQ(kdal_stat("live_objects"), 30);
	target_do("poke n=30 off=64 len=8");
	target_do("kfree n=30");
	target_do("poke n=30 len=64");
	EXPECT_GT(kdal_verify(), 0);
	EXPECT_EQ(neighbour("check"), 0);
	EXPECT_GE(reports_expect_all(&want), 30);
	EXPECT_EQ(neighbour("hold 0 0"), 0);
}

static const struct kt_case cases[] = {
	{ "nothing of it is counted", nothing_counted, NULL },
	{ "from its usual cache", from_its_usual_cache, NULL },
	{ "side by side", side_by_side, NULL },
	{ "next to a bug", next_to_a_bug, NULL },
};

KT_MAIN(KT_KDAL | KT_TARGET | KT_NEIGHBOUR)
