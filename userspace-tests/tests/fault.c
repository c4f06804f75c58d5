// SPDX-License-Identifier: GPL-2.0
/* Fault injection: fails what the rule says, as often as asked, and nothing else. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kdal.h"
#include "kt.h"

#define FAIL_DIR KDAL_DIR "/fail/"
#define RULE "module kdal_target =FZPUAQLMC"

static void attr(const char *name, long long value)
{
	char path[128];
	int err;

	snprintf(path, sizeof(path), FAIL_DIR "%s", name);
	err = file_put_number(path, value);
	REQUIRE(!err, "%s = %lld: %s", path, value, strerror(-err));
}

static void need_attrs(void)
{
	kdal_need_faults();
	if (access(FAIL_DIR "probability", W_OK))
		kt_skip("no " FAIL_DIR "probability (CONFIG_FAULT_INJECTION_DEBUG_FS)");
	attr("probability", 0);
	attr("interval", 1);
	attr("times", -1);
	attr("space", 0);
	attr("verbose", 0);
}

/* How many of @n requests, each a command of its own, fail */
static int failures(const char *how, int n)
{
	int i, failed = 0;

	for (i = 0; i < n; i++) {
		int err = target("%s slot=%d", how, i);

		EXPECT(!err || err == -ENOMEM, "%s: %s", how, strerror(-err));
		if (err)
			failed++;
		else
			target_do("kfree slot=%d", i);
	}
	return failed;
}

/* The Nth and no other, and the file says which. */
static void nth(const void *arg)
{
	char *text;
	int i;

	(void)arg;
	kdal_need_faults();
	kdal_rule(RULE);
	kdal_fail_nth(3);
	EXPECT(!kdal_fail_hit(), "hit before there was a request");
	for (i = 1; i <= 6; i++)
		EXPECT_EQ(target("kmalloc slot=%d size=%d", i, 100 + i), i == 3 ? -ENOMEM : 0);
	text = kdal_fail_state();
	EXPECT(strstr(text, "kdal nth - version: 1\nnth: 3\nseen: 6\nhit: 1\nsize: 103\n"
		      "site: kdal_target_kmalloc+0x") == text, "fail/nth: %s", text);
	EXPECT(strstr(text, " [kdal_target]\n"), "fail/nth: %s", text);
	free(text);
	EXPECT_EQ(kdal_stat("live_objects"), 5);
	text = kmsg_line("kdal: fail/nth: no memory for 103 bytes in kdal_target_kmalloc+");
	EXPECT(text, "the kernel log does not name the request");
	free(text);
	kdal_fail_nth(0);
}

/* What the file reads when nothing was hit, and what it does not take. */
static void nth_file(const void *arg)
{
	static const char *const bad[] = { "x", "-1", "1 2", "99999999999999999999999" };
	char *text;
	size_t i;

	(void)arg;
	kdal_need_faults();
	kdal_rule(RULE);
	kdal_fail_nth(4);
	target_do("kmalloc");
	for (i = 0; i < ARRAY_LEN(bad); i++)
		EXPECT(file_puts(FAIL_DIR "nth", bad[i]) < 0, "nth takes \"%s\"", bad[i]);
	/* and has not been changed by it */
	text = kdal_fail_state();
	EXPECT(!strcmp(text, "kdal nth - version: 1\nnth: 4\nseen: 1\nhit: 0\nsize: 0\nsite: -\n"),
	       "fail/nth: %s", text);
	free(text);
	kdal_fail_nth(0);
	target_do("kfree");
	EXPECT_EQ(failures("kmalloc", 5), 0);
}

/* Each interface of slab memory can fail, and is named. */
static void each_way(const void *arg)
{
	static const char *const ways[] = {
		"kmalloc", "kmalloc_const", "kzalloc", "kcalloc", "kmalloc_node", "krealloc",
		"kmemdup", "kstrdup", "kasprintf", "kobject_name", "cache_alloc", "cache_zalloc",
		"devm_kmalloc",
	};
	char site[64], *text;
	size_t i;

	(void)arg;
	kdal_need_faults();
	target_do("cache_create size=100");
	/* its owner, too, is made by the first one */
	target_do("devm_kmalloc slot=50");
	kdal_rule(RULE);
	for (i = 0; i < ARRAY_LEN(ways); i++) {
		kdal_fail_nth(1);
		EXPECT_EQ(target("%s slot=%zu", ways[i], i), -ENOMEM);
		snprintf(site, sizeof(site), "\nsite: kdal_target_%s+0x", ways[i]);
		text = kdal_fail_state();
		EXPECT(strstr(text, "\nhit: 1\n") && strstr(text, site), "%s: %s", ways[i], text);
		free(text);
		target_do("%s slot=%zu", ways[i], i);
	}
	kdal_fail_nth(2);
	EXPECT_EQ(target("bulk_alloc slot=100 n=16"), -ENOMEM);
	EXPECT(kdal_fail_hit(), "a bulk request is not hit");
	kdal_fail_nth(0);
	EXPECT_EQ(kdal_objects("kdal_target_bulk_alloc"), 0);
	target_do("reset");
	EXPECT_EQ(kdal_stat("live_objects"), 0);
}

/* Pages and areas as well. */
static void outside_the_heap(const void *arg)
{
	static const char *const ways[] = {
		"page_alloc order=1", "page_alloc_compound order=1", "page_alloc_node node=0",
		"page_get_free_pages", "page_get_zeroed", "page_alloc_exact size=9000",
		"page_alloc_folio order=2", "vmalloc size=100", "vzalloc size=100",
		"kvmalloc size=9000001", "alloc_percpu size=100",
		"ioremap size=64 addr=0xfed41000",
	};
	size_t i;

	(void)arg;
	kdal_need_faults();
	kdal_rule(RULE);
	for (i = 0; i < ARRAY_LEN(ways); i++) {
		kdal_fail_nth(strncmp(ways[i], "kvmalloc", 8) ? 1 : 2);
		EXPECT_EQ(target("%s", ways[i]), -ENOMEM);
		EXPECT(kdal_fail_hit(), "%s is not hit", ways[i]);
	}
	kdal_fail_nth(0);
	EXPECT_EQ(kdal_stat("live_objects"), 0);
}

static void large(const void *arg)
{
	(void)arg;
	kdal_need_faults();
	kdal_rule(RULE);
	kdal_fail_nth(2);
	target_do("kmalloc slot=0 size=20000");
	EXPECT_EQ(target("kmalloc slot=1 size=20000"), -ENOMEM);
	target_do("kmalloc slot=2 size=20000");
	EXPECT(kdal_fail_hit(), "a large kmalloc is not hit");
	kdal_fail_nth(0);
}

static void attributes(const void *arg)
{
	long long before;

	(void)arg;
	need_attrs();
	kdal_rule(RULE);
	before = kdal_stat("injected_failures");
	EXPECT_EQ(failures("kmalloc size=100", 20), 0);
	attr("probability", 100);
	EXPECT_EQ(failures("kmalloc size=100", 20), 20);
	attr("interval", 4);
	EXPECT_EQ(failures("kmalloc size=100", 20), 5);
	attr("interval", 1);
	attr("times", 3);
	EXPECT_EQ(failures("kmalloc size=100", 20), 3);
	attr("times", -1);
	attr("space", 1050);
	EXPECT_EQ(failures("kmalloc size=100", 20), 10);
	EXPECT_EQ(kdal_stat("injected_failures") - before, 38);
	need_attrs();
}

/* Only rules with A, only their call sites, and never __GFP_NOFAIL. */
static void nobody_else(const void *arg)
{
	(void)arg;
	need_attrs();
	attr("probability", 100);
	kdal_rule("module kdal_target; module kdal_target func kdal_target_kzalloc =FZPUAQL");
	kdal_fail_nth(1);
	EXPECT_EQ(failures("kmalloc size=100", 20), 0);
	EXPECT_EQ(neighbour("hold 50 100"), 0);
	EXPECT_EQ(neighbour("check"), 0);
	EXPECT_EQ(failures("kzalloc size=100 gfp=kernel|nofail", 20), 0);
	EXPECT_EQ(failures("kmalloc size=0", 5), 0);
	EXPECT(!kdal_fail_hit(), "somebody else was counted");
	EXPECT_EQ(failures("kzalloc size=100", 20), 20);
	EXPECT(kdal_fail_hit(), "the rule's own was not");
	EXPECT_EQ(neighbour("hold 0 0"), 0);
	kdal_fail_nth(0);
	need_attrs();
}

/* In contexts where the message and the count must not wait for anybody. */
static void contexts(const void *arg)
{
	static const char *const ctxs[] = { "irqsoff", "softirq", "hardirq", "spinlock", "rcu" };
	size_t i;

	(void)arg;
	kdal_need_faults();
	kdal_rule(RULE);
	for (i = 0; i < ARRAY_LEN(ctxs); i++) {
		kdal_fail_nth(7);
		EXPECT_EQ(target("kmalloc n=20 gfp=atomic ctx=%s", ctxs[i]), -ENOMEM);
		EXPECT_EQ(target_value("got"), 6);
		EXPECT(kdal_fail_hit(), "%s: not hit", ctxs[i]);
		target_do("reset");
	}
	kdal_fail_nth(0);
}

static int churn_child(int nr)
{
	/* fails, and unwinds, where the count hits it */
	int err = target("churn n=2000 seed=%d", nr + 1);

	return err && err != -ENOMEM ? -err : 0;
}

/* Random failures under load leave nothing behind. */
static void under_load(const void *arg)
{
	(void)arg;
	need_attrs();
	kdal_rule(RULE);
	attr("probability", 5);
	EXPECT_EQ(in_children(8, churn_child), 0);
	attr("probability", 0);
	EXPECT_GT(kdal_stat("injected_failures"), 0);
	target_do("rcu_barrier");
	EXPECT_EQ(kdal_stat("live_objects"), 0);
	EXPECT_EQ(kdal_verify(), 0);
}

static const struct kt_case cases[] = {
	{ "the Nth", nth, NULL },
	{ "the file", nth_file, NULL },
	{ "each way to allocate", each_way, NULL },
	{ "pages and areas", outside_the_heap, NULL },
	{ "large kmalloc", large, NULL },
	{ "attributes", attributes, NULL },
	{ "nobody else", nobody_else, NULL },
	{ "contexts", contexts, NULL },
	{ "under load", under_load, NULL },
};

KT_MAIN(KT_KDAL | KT_TARGET | KT_NEIGHBOUR)
