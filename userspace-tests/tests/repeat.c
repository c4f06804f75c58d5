// SPDX-License-Identifier: GPL-2.0
/* 100 bugs give 100 reports; the budget limits what is printed, not the count. */
#include "kdal.h"
#include "kt.h"

#define TIMES 100
#define KEPT 32		/* reports that the file keeps */

struct bug {
	const char *steps[4];
	bool verify;
	struct want want;
};

static const struct bug overflow = {
	{ "kmalloc size=80", "poke off=80", "kfree" }, false,
	{ "BUG: KDAL: slab-out-of-bounds write", "kdal_target_kmalloc", { "offset 80" } },
};

static const struct bug use_after_free = {
	{ "kmalloc size=80", "kfree", "poke off=7" }, true,
	{ "BUG: KDAL: slab-use-after-free write", "kdal_target_kmalloc", { "offset 7" } },
};

static const struct bug double_free = {
	{ "kmalloc size=80", "kfree", "kfree_again" }, false,
	{ "BUG: KDAL: double-free", "kdal_target_kfree_again" },
};

static const struct bug interior_free = {
	{ "kmalloc size=80", "kfree off=4", "kfree_again" }, false,
	{ "BUG: KDAL: invalid-free", "kdal_target_kfree" },
};

static void once(const struct bug *bug)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(bug->steps) && bug->steps[i]; i++) {
		target_do("%s", bug->steps[i]);
		REQUIRE(i || kdal_stat("live_objects") == 1, "KDAL does not have the object");
	}
	if (bug->verify)
		kdal_verify();
}

static void each_is_reported(const void *arg)
{
	const struct bug *bug = arg;
	int i;

	kdal_rule("module kdal_target");
	for (i = 0; i < TIMES && !kt_failed(); i++) {
		once(bug);
		reports_expect(&bug->want, 1);
	}
	EXPECT(!kt_failed(), "at repetition %d", i);
}

static void all_are_counted(const void *arg)
{
	const struct bug *bug = arg;
	int i;

	kdal_param("max_reports", 10 * TIMES);
	kdal_rule("module kdal_target");
	for (i = 0; i < TIMES; i++)
		once(bug);
	EXPECT_EQ(reports_expect_all(&bug->want), TIMES);
}

static void budget(const void *arg)
{
	long long suppressed = kdal_stat("reports_suppressed");
	int i;

	(void)arg;
	kdal_param("max_reports", 5);
	EXPECT_EQ(file_puts(KDAL_DIR "/reports", "clear"), 0);
	kdal_rule("module kdal_target");
	for (i = 0; i < 20; i++)
		once(&double_free);
	EXPECT_EQ(kdal_stat("reports_suppressed") - suppressed, 15);
	reports_expect_all(&double_free.want);
	/* clear gave the budget back */
	once(&double_free);
	reports_expect(&double_free.want, 1);
}

static void many_at_once(const void *arg)
{
	const struct want want = { "BUG: KDAL: slab-out-of-bounds write", "kdal_target_kmalloc" };

	(void)arg;
	kdal_param("max_reports", 10 * TIMES);
	kdal_rule("module kdal_target");
	target_do("kmalloc n=%d size=24", TIMES);
	REQUIRE_EQ(kdal_stat("live_objects"), TIMES);
	target_do("poke n=%d off=24", TIMES);
	EXPECT_EQ(kdal_verify(), TIMES);
	target_do("kfree n=%d", TIMES);
	EXPECT_EQ(reports_expect_all(&want), TIMES);
}

static const struct kt_case cases[] = {
	{ "100 overflows", each_is_reported, &overflow },
	{ "100 writes after free", each_is_reported, &use_after_free },
	{ "100 double frees", each_is_reported, &double_free },
	{ "100 interior frees", each_is_reported, &interior_free },
	{ "100 without a clear", all_are_counted, &overflow },
	{ "100 found by one sweep", many_at_once, NULL },
	{ "max_reports", budget, NULL },
};

KT_MAIN(KT_KDAL | KT_TARGET)
