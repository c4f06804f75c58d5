// SPDX-License-Identifier: GPL-2.0
/* The sweep: what it looks at, what it says, and the one in the background. */
#include <stdlib.h>
#include <string.h>

#include "kdal.h"
#include "kt.h"

#define OOB "BUG: KDAL: slab-out-of-bounds write"

static long long verify_value(const char *name)
{
	char *text = kdal_read("verify");
	long long value = text_value(text, name);

	free(text);
	REQUIRE(value >= 0, "verify: no %s", name);
	return value;
}

static void looks_at_all(const void *arg)
{
	long long runs = verify_value("runs"), held;

	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc slot=0 n=100 size=100");
	target_do("kmalloc slot=100 n=100 size=100");
	target_do("kfree slot=100 n=100");
	held = kdal_stat("live_objects") + kdal_stat("quarantined_objects");
	EXPECT_EQ(kdal_verify(), 0);
	EXPECT_EQ(verify_value("runs") - runs, 1);
	EXPECT_GE(verify_value("objects"), held);
	EXPECT_GE(verify_value("bytes"), held * 100);
	EXPECT_GE(verify_value("busy"), 0);
	EXPECT_GE(verify_value("duration_us"), 0);
}

/* Damage of live, quarantined and cached objects, all in one sweep. */
static void finds_all(const void *arg)
{
	struct want want = { "BUG: KDAL: slab-", "kdal_target_kmalloc" };

	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc n=30 size=100");
	REQUIRE_EQ(kdal_stat("live_objects"), 30);
	target_do("poke slot=0 n=10 off=100");
	target_do("kfree slot=10 n=10");
	target_do("poke slot=10 n=10 off=50");
	EXPECT_EQ(kdal_verify(), 20);
	EXPECT_EQ(reports_expect_all(&want), 20);
	EXPECT_EQ(kdal_verify(), 0);
}

static void when_off(const void *arg)
{
	(void)arg;
	EXPECT_EQ(kdal_verify(), 0);
	EXPECT(kdal_state_is("off"), "a sweep switched the layer on");
}

static void in_the_background(const void *arg)
{
	long long before = kdal_stat("reports");

	(void)arg;
	kdal_param("scan_secs", 1);
	kdal_rule("module kdal_target");
	target_do("kmalloc n=3 size=100");
	REQUIRE_EQ(kdal_stat("live_objects"), 3);
	target_do("poke slot=1 off=101");
	WAIT_FOR(kdal_stat("reports") > before, 8000);
	EXPECT_REPORT(OOB, "kdal_target_kmalloc", { "first at offset 101" });
}

static int churn_or_verify(int nr)
{
	int i, err = 0;

	if (nr)
		return target("churn n=20000 seed=%d", nr);
	for (i = 0; i < 30; i++)
		err |= file_puts(KDAL_DIR "/verify", "1");
	return err;
}

static void under_load(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	EXPECT_EQ(in_children(4, churn_or_verify), 0);
	EXPECT_EQ(kdal_verify(), 0);
	EXPECT_EQ(verify_value("busy"), 0);
}

static const struct kt_case cases[] = {
	{ "looks at all objects", looks_at_all, NULL },
	{ "finds all damage", finds_all, NULL },
	{ "when off", when_off, NULL },
	{ "in the background", in_the_background, NULL },
	{ "under load", under_load, NULL },
};

KT_MAIN(KT_KDAL | KT_TARGET)
