// SPDX-License-Identifier: GPL-2.0
/* Allocation, free and reports with interrupts off, in softirq and in hardirq. */
#include "kdal.h"
#include "kt.h"

static void silent(const void *arg)
{
	const char *ctx = arg;
	long long before;

	kdal_rule("module kdal_target");
	before = kdal_unchecked();
	target_do("kmalloc slot=0 n=50 size=100 gfp=atomic ctx=%s", ctx);
	target_do("kzalloc slot=50 n=50 size=1000 gfp=atomic ctx=%s", ctx);
	target_do("kasprintf slot=100 n=10 size=40 gfp=atomic ctx=%s", ctx);
	EXPECT_EQ(kdal_stat("live_objects") + kdal_unchecked() - before, 110);
	target_do("check slot=50 n=50 len=1000 byte=0");
	EXPECT_EQ(target_value("bad"), 0);
	target_do("krealloc slot=0 size=300 gfp=atomic ctx=%s", ctx);
	target_do("kfree n=80 ctx=%s", ctx);
	target_do("kfree_rcu slot=80 n=30 ctx=%s", ctx);
	target_do("rcu_barrier");
	EXPECT_EQ(kdal_stat("live_objects"), 0);
	EXPECT_EQ(kdal_verify(), 0);
}

static void reports(const void *arg)
{
	const char *ctx = arg;

	kdal_rule("module kdal_target");
	target_do("kmalloc size=100 gfp=atomic ctx=%s", ctx);
	REQUIRE_EQ(kdal_stat("live_objects"), 1);
	target_do("poke off=100");
	target_do("kfree ctx=%s", ctx);
	EXPECT_REPORT("BUG: KDAL: slab-out-of-bounds write", "kdal_target_kmalloc",
		      { "first at offset 100" }, .alloc = "kdal_target_kmalloc",
		      .detected = "kdal_target_kfree");
	target_do("kfree_again ctx=%s", ctx);
	EXPECT_REPORT("BUG: KDAL: double-free", "kdal_target_kfree_again", { NULL },
		      .alloc = "kdal_target_kmalloc", .freed = "kdal_target_kfree");
}

/* Allocated here, freed there. */
static void across(const void *arg)
{
	static const char *const ctxs[] = { "task", "irqsoff", "softirq", "hardirq" };
	size_t from, to;

	(void)arg;
	kdal_rule("module kdal_target");
	for (from = 0; from < ARRAY_LEN(ctxs); from++) {
		for (to = 0; to < ARRAY_LEN(ctxs); to++) {
			target_do("kmalloc n=20 size=70 gfp=atomic ctx=%s", ctxs[from]);
			target_do("poke n=20 len=70");
			target_do("kfree n=20 ctx=%s", ctxs[to]);
		}
	}
	EXPECT_EQ(kdal_stat("live_objects"), 0);
}

static const struct kt_case cases[] = {
	{ "interrupts off, silent", silent, "irqsoff" },
	{ "softirq, silent", silent, "softirq" },
	{ "hardirq, silent", silent, "hardirq" },
	{ "interrupts off, reports", reports, "irqsoff" },
	{ "softirq, reports", reports, "softirq" },
	{ "hardirq, reports", reports, "hardirq" },
	{ "across contexts", across, NULL },
};

KT_MAIN(KT_KDAL | KT_TARGET)
