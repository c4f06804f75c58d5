// SPDX-License-Identifier: GPL-2.0
/* The sweep: what it looks at, what it says, and the one in the background. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kdal.h"
#include "kt.h"

#define OOB "BUG: KDAL: slab-out-of-bounds write"

/* Two sweeps, a tick of the timer, and how late a loaded guest without KVM is. */
#define LATE_MS 1500

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

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

/*
 * Nothing is freed. The damage comes at another time between two sweeps each
 * time.
 */
static void in_the_background(const void *arg)
{
	struct want want = { OOB, "kdal_target_kmalloc", { "first at offset 101" } };
	long long before, begin, took, longest = 0;
	int i;

	(void)arg;
	kdal_param("scan_secs", 1);
	kdal_rule("module kdal_target");
	target_do("kmalloc n=5 size=100");
	REQUIRE_EQ(kdal_stat("live_objects"), 5);
	for (i = 0; i < 5; i++) {
		kt_sleep_ms(i * 230);
		before = kdal_stat("reports");
		begin = now_ms();
		target_do("poke slot=%d off=101", i);
		REQUIRE(WAIT_FOR(kdal_stat("reports") > before, 8000), "no report");
		took = now_ms() - begin;
		EXPECT_LE(took, 1000 + LATE_MS);
		longest = took > longest ? took : longest;
	}
	EXPECT_EQ(reports_expect_all(&want), 5);
	EXPECT_EQ(kdal_stat("live_objects"), 5);
	kt_info("reported within %lld ms", longest);
}

static void not_in_the_background(const void *arg)
{
	long long reports, runs;

	(void)arg;
	kdal_param("scan_secs", 1);
	kdal_rule("module kdal_target");
	target_do("kmalloc n=3 size=100");
	kdal_param("scan_secs", 0);
	/* A sweep that had begun is over, since this waits for it. */
	EXPECT_EQ(kdal_verify(), 0);
	runs = verify_value("runs");
	reports = kdal_stat("reports");
	target_do("poke slot=1 off=101");
	kt_sleep_ms(2 * 1000 + LATE_MS);
	EXPECT_EQ(verify_value("runs"), runs);
	EXPECT_EQ(kdal_stat("reports"), reports);
	EXPECT_EQ(kdal_verify(), 1);
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
	{ "not in the background", not_in_the_background, NULL },
	{ "under load", under_load, NULL },
};

KT_MAIN(KT_KDAL | KT_TARGET)
