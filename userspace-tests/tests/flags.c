// SPDX-License-Identifier: GPL-2.0
/* Each flag of a rule switches its check on and off, and no other. */
#include <stdlib.h>
#include <string.h>

#include "kdal.h"
#include "kt.h"

#define OOB "BUG: KDAL: slab-out-of-bounds write"
#define UAF "BUG: KDAL: slab-use-after-free write"
#define MAX_STEPS 4

/* A bug, and the letter without which it is not reported. */
static const struct bug {
	const char *steps[MAX_STEPS];
	char letter;
	const char *title;
} bugs[] = {
	{ { "kmalloc size=50", "poke off=50", "kfree" }, 'Z', OOB },
	{ { "kmalloc size=50", "kfree", "poke off=10" }, 'P', UAF },
	{ { "kmalloc size=50", "kfree", "kfree_again" }, 'F', "BUG: KDAL: double-free" },
	{ { "kmalloc size=50", "kfree off=8", "kfree" }, 'F', "BUG: KDAL: invalid-free" },
};

static void make(const struct bug *bug)
{
	size_t i;

	for (i = 0; i < MAX_STEPS && bug->steps[i]; i++) {
		target_do("%s", bug->steps[i]);
		REQUIRE(i || kdal_stat("live_objects") == 1, "KDAL does not have the object");
	}
	kdal_verify();
}

static void without_its_letter(const void *arg)
{
	char flags[] = DEFAULT_FLAGS, *at;
	size_t i;

	(void)arg;
	for (i = 0; i < ARRAY_LEN(bugs); i++) {
		strcpy(flags, DEFAULT_FLAGS);
		at = strchr(flags, bugs[i].letter);
		memmove(at, at + 1, strlen(at));
		kdal_rule("clear; module kdal_target =%s", flags);
		make(&bugs[i]);		/* silent: the harness looks */
		EXPECT_EQ(kdal_stat("live_objects"), 0);
	}
}

/* Q beside the letter, since a freed object must stay to be looked at. */
static void with_its_letter_alone(const void *arg)
{
	size_t i;

	(void)arg;
	for (i = 0; i < ARRAY_LEN(bugs); i++) {
		kdal_rule("clear; module kdal_target =Q%c", bugs[i].letter);
		make(&bugs[i]);
		EXPECT_REPORT(bugs[i].title);
	}
}

static void without_u(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target =FZPQ");
	make(&bugs[0]);
	EXPECT_REPORT(OOB, "kdal_target_kmalloc", { "(no stack)" });
}

/* Flags that change later hold for objects from then on. */
static void changed_while_live(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target =FPUQ");
	target_do("kmalloc slot=0 size=50");
	kdal_rule("module kdal_target +Z");
	target_do("kmalloc slot=1 size=50");
	REQUIRE_EQ(kdal_stat("live_objects"), 2);
	target_do("poke n=2 off=50");
	target_do("kfree n=2");
	EXPECT_REPORT(OOB, "kdal_target_kmalloc");
}

/* The last rule that matches decides. */
static void last_match_decides(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target =FZPUQ; module kdal_target size 50 =FU");
	target_do("kmalloc slot=0 size=50");
	target_do("kmalloc slot=1 size=51");
	EXPECT_EQ(kdal_hits("module kdal_target size 50"), 1);
	EXPECT_EQ(kdal_hits("module kdal_target ="), 1);
	REQUIRE_EQ(kdal_stat("live_objects"), 2);
	target_do("poke n=2 off=52");
	target_do("kfree n=2");
	EXPECT_REPORT(OOB, "kdal_target_kmalloc", { "of size 51" });
}

static const struct kt_case cases[] = {
	{ "without its letter", without_its_letter, NULL },
	{ "with its letter alone", with_its_letter_alone, NULL },
	{ "without U", without_u, NULL },
	{ "changed while objects live", changed_while_live, NULL },
	{ "the last match decides", last_match_decides, NULL },
};

KT_MAIN(KT_KDAL | KT_TARGET)
