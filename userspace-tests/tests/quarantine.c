// SPDX-License-Identifier: GPL-2.0
/* Freed objects wait, first in first out, and are verified when they leave. */
#include <stdlib.h>

#include "kdal.h"
#include "kt.h"

#define UAF "BUG: KDAL: slab-use-after-free write"

/* Allocates and frees @n objects, which pushes older ones out. */
static void push(int n, int size)
{
	target_do("kmalloc slot=4000 n=%d size=%d", n, size);
	target_do("kfree slot=4000 n=%d", n);
}

static void found_when_leaving(const void *arg)
{
	long long before;
	int rounds;

	(void)arg;
	pin_to_cpu(0);
	kdal_param("quarantine_kb", 256);
	kdal_rule("module kdal_target");
	target_do("kmalloc size=64");
	REQUIRE_EQ(kdal_stat("live_objects"), 1);
	target_do("kfree");
	target_do("poke off=20");
	before = kdal_stat("reports");
	/* the quarantine's size ten times over, without a sweep */
	for (rounds = 0; rounds < 100 && kdal_stat("reports") == before; rounds++)
		push(200, 64);
	kt_info("found after %d objects", rounds * 200);
	EXPECT_REPORT(UAF, "kdal_target_kmalloc", { "offset 20" },
		      .alloc = "kdal_target_kmalloc", .freed = "kdal_target_kfree");
}

static void found_by_verify(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc size=64");
	REQUIRE_EQ(kdal_stat("live_objects"), 1);
	target_do("kfree");
	EXPECT_EQ(kdal_verify(), 0);
	target_do("poke off=20");
	EXPECT_EQ(kdal_verify(), 1);
	EXPECT_REPORT(UAF, "kdal_target_kmalloc", { "offset 20" });
	EXPECT_EQ(kdal_verify(), 0);
}

static void not_reused_at_once(const void *arg)
{
	int i;

	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc size=64");
	REQUIRE_EQ(kdal_stat("live_objects"), 1);
	target_do("kfree");
	EXPECT_GE(kdal_stat("quarantined_objects"), 1);
	for (i = 0; i < 100; i++) {
		target_do("kmalloc slot=1 size=64");
		target_do("same slot=0 off=1");
		EXPECT(!target_value("same"), "used again after %d objects", i);
		target_do("kfree slot=1");
	}
}

/* Who was freed first is found first. */
static void first_in_first_out(const void *arg)
{
	long long before = kdal_stat("reports");
	struct want wants[] = {
		{ UAF, "kdal_target_kmalloc" }, { UAF, "kdal_target_kzalloc" },
	};
	int i;

	(void)arg;
	pin_to_cpu(0);
	kdal_param("quarantine_kb", 256);
	kdal_rule("module kdal_target");
	target_do("kmalloc slot=0 size=64");
	target_do("kzalloc slot=1 size=64");
	REQUIRE_EQ(kdal_stat("live_objects"), 2);
	target_do("kfree slot=0");
	/* far enough apart that no batch holds both */
	push(1500, 64);
	target_do("kfree slot=1");
	target_do("poke n=2 off=5");
	for (i = 0; i < 200 && kdal_stat("reports") < before + 2; i++)
		push(200, 64);
	reports_expect(wants, 2);
}

static void bounded(const void *arg)
{
	const long long kb = 512;
	int i;

	(void)arg;
	kdal_param("quarantine_kb", kb);
	kdal_rule("module kdal_target");
	for (i = 0; i < 20; i++)
		push(500, 1000);
	/* the bound is that of the global list; each CPU keeps a batch or two more */
	EXPECT_LE(kdal_stat("quarantined_bytes"), (kb + 256LL * cpus_online()) * 1024);
	EXPECT_GT(kdal_stat("quarantined_objects"), 0);
}

static void size_zero_switches_off(const void *arg)
{
	(void)arg;
	kdal_param("quarantine_kb", 0);
	kdal_rule("module kdal_target");
	push(500, 64);
	EXPECT_EQ(kdal_stat("quarantined_objects"), 0);
}

static void rule_without_q(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target =FZPU");
	push(500, 64);
	EXPECT_EQ(kdal_stat("quarantined_objects"), 0);
}

/* Scarce memory does not wait. */
static void not_for_dma(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	if (target("kmalloc n=50 size=64 gfp=kernel|dma"))
		kt_skip("no ZONE_DMA here");
	target_do("kfree n=50");
	EXPECT_LE(kdal_zone("dma", 0, "quarantined"), 50 / 4);
}

/* The object is freed, used again by its old owner, and found in its turn. */
static void many_stale_writes(const void *arg)
{
	const struct want want = { UAF, "kdal_target_kmalloc", { "offset 0" } };

	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc n=25 size=64");
	REQUIRE_EQ(kdal_stat("live_objects"), 25);
	target_do("kfree n=25");
	target_do("poke n=25 off=0 len=64");
	EXPECT_EQ(kdal_verify(), 25);
	EXPECT_EQ(reports_expect_all(&want), 25);
}

static const struct kt_case cases[] = {
	{ "found when it leaves", found_when_leaving, NULL },
	{ "found by verify", found_by_verify, NULL },
	{ "not used again at once", not_reused_at_once, NULL },
	{ "first in, first out", first_in_first_out, NULL },
	{ "bounded", bounded, NULL },
	{ "quarantine_kb = 0", size_zero_switches_off, NULL },
	{ "rule without Q", rule_without_q, NULL },
	{ "not for DMA", not_for_dma, NULL },
	{ "25 stale writes", many_stale_writes, NULL },
};

KT_MAIN(KT_KDAL | KT_TARGET)
