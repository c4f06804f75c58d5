// SPDX-License-Identifier: GPL-2.0
/* Whose allocation is it, and which rules does it match? */
#include <stdio.h>
#include <string.h>

#include "kdal.h"
#include "kt.h"

#define N 4

/* A way to allocate, the call site that owns it, the helper it comes through. */
static const struct way {
	const char *cmd;
	const char *func;
	const char *via;
} ways[] = {
	{ "kmalloc", "kdal_target_kmalloc" },
	{ "kmalloc_const", "kdal_target_kmalloc_const" },
	{ "kzalloc", "kdal_target_kzalloc" },
	{ "kcalloc", "kdal_target_kcalloc" },
	{ "kmalloc_node", "kdal_target_kmalloc_node" },
	{ "krealloc", "kdal_target_krealloc" },
	{ "kmemdup", "kdal_target_kmemdup" },
	{ "kstrdup", "kdal_target_kstrdup" },
	{ "kasprintf", "kdal_target_kasprintf", "kasprintf" },
	{ "kobject_name", "kdal_target_kobject_name", "k" },
	{ "devm_kmalloc", "kdal_target_devm_kmalloc" },
	{ "cache_alloc", "kdal_target_cache_alloc" },
	{ "cache_zalloc", "kdal_target_cache_zalloc" },
	{ "bulk_alloc", "kdal_target_bulk_alloc" },
};

static void site_is(const struct way *w)
{
	struct table t = table_read("sites");
	char prefix[64];
	const char *site;
	long row;

	snprintf(prefix, sizeof(prefix), "%s+0x", w->func);
	row = table_find(&t, 0, "site", prefix);
	REQUIRE(row >= 0, "%s: no site %s", w->cmd, w->func);
	site = table_cell(&t, row, "site");
	EXPECT_EQ(table_number(&t, row, "live"), N);
	EXPECT(!strcmp(table_cell(&t, row, "module"), "kdal_target"), "%s: module is %s",
	       w->cmd, table_cell(&t, row, "module"));
	EXPECT(strstr(site, "[kdal_target]"), "%s: no module in %s", w->cmd, site);
	EXPECT(!w->via == !strstr(site, " via "), "%s: site is %s", w->cmd, site);
	EXPECT(!w->via || strstr(site, w->via), "%s: site is %s", w->cmd, site);
	table_free(&t);
}

/* Without a rule yet: the names of caches and devices are kdal_target's, too. */
static void prepare(const char *rules)
{
	target_do("reset");
	kdal_rule("clear");
	target_do("cache_create size=48");
	target_do("devm_kmalloc slot=100");
	kdal_rule("%s", rules);
}

static void every_way(const void *arg)
{
	size_t i;

	(void)arg;
	for (i = 0; i < ARRAY_LEN(ways); i++) {
		prepare("module kdal_target");
		target_do("%s n=%d size=48", ways[i].cmd, N);
		site_is(&ways[i]);
		EXPECT_EQ(kdal_stat("live_objects"), N);
		target_do("reset");
		EXPECT_EQ(kdal_site(ways[i].func, "live"), 0);
	}
}

static void helper_walks_are_counted(const void *arg)
{
	long long before;

	(void)arg;
	kdal_rule("module kdal_target");
	before = kdal_stat("helper_walks");
	target_do("kasprintf n=10 size=48");
	EXPECT_GE(kdal_stat("helper_walks") - before, 1);
}

/* A match beside "module kdal_target", and what it takes of a mix of requests. */
static const struct match {
	const char *text;
	int objects;
} matches[] = {
	{ "", 40 },
	{ "func kdal_target_kmalloc", 30 },
	{ "func kdal_target_kz*", 5 },
	{ "func kdal_target_*alloc", 40 },
	{ "func nothing", 0 },
	{ "cache kmalloc-*", 35 },
	{ "cache kdal_target_0", 5 },
	{ "cache kmalloc-64", 15 },
	{ "api slab", 40 },
	{ "size 50", 15 },
	{ "size 51-", 20 },
	{ "size -50", 20 },
	{ "size 100-1000", 20 },
	{ "size 1001-", 0 },
	{ "size 50 func kdal_target_kzalloc", 5 },
	{ "comm attribution", 40 },
	{ "comm attrib*", 40 },
	{ "comm other", 0 },
	{ "size 50 comm attribution", 15 },
};

/* 10 of 50 bytes, 20 of 100; 5 of 50 by kzalloc; 5 of a cache of 48 */
static void mix(void)
{
	target_do("kmalloc slot=0 n=10 size=50");
	target_do("kmalloc slot=10 n=20 size=100");
	target_do("kzalloc slot=30 n=5 size=50");
	target_do("cache_alloc slot=35 n=5");
}

static void every_match(const void *arg)
{
	char rule[128];
	size_t i;

	(void)arg;
	for (i = 0; i < ARRAY_LEN(matches); i++) {
		snprintf(rule, sizeof(rule), "module kdal_target %s", matches[i].text);
		prepare(rule);
		mix();
		EXPECT(kdal_stat("live_objects") == matches[i].objects,
		       "\"%s\": %lld objects, not %d", matches[i].text,
		       kdal_stat("live_objects"), matches[i].objects);
		EXPECT(kdal_hits("module kdal_target") == matches[i].objects,
		       "\"%s\": %lld hits, not %d", matches[i].text,
		       kdal_hits("module kdal_target"), matches[i].objects);
	}
}

static void without_module(const void *arg)
{
	(void)arg;
	prepare("func kdal_target_kmalloc");
	mix();
	EXPECT_EQ(kdal_stat("live_objects"), 30);
	prepare("cache kdal_target_0");
	mix();
	EXPECT_EQ(kdal_stat("live_objects"), 5);
	EXPECT_EQ(kdal_site("kdal_target_cache_alloc", "live"), 5);
}

static void module_glob(const void *arg)
{
	(void)arg;
	prepare("module kdal_targ*");
	mix();
	EXPECT_EQ(kdal_stat("live_objects"), 40);
	prepare("module kdal_targ");
	mix();
	EXPECT_EQ(kdal_stat("live_objects"), 0);
}

/* Among 64 rules that match nothing the one that does is found. */
static void one_of_many(const void *arg)
{
	int i;

	(void)arg;
	prepare("module nobody0");
	for (i = 1; i < 64; i++)
		kdal_rule("module nobody%d", i);
	kdal_rule("module kdal_target size 100");
	for (i = 64; i < 128; i++)
		kdal_rule("module nobody%d", i);
	mix();
	EXPECT_EQ(kdal_stat("live_objects"), 20);
	EXPECT_EQ(kdal_hits("module kdal_target"), 20);
	EXPECT_EQ(kdal_hits("module nobody0 "), 0);
}

static const struct kt_case cases[] = {
	{ "every way to allocate", every_way, NULL },
	{ "helper walks", helper_walks_are_counted, NULL },
	{ "every match", every_match, NULL },
	{ "rules without a module", without_module, NULL },
	{ "glob for the module", module_glob, NULL },
	{ "one rule of 129", one_of_many, NULL },
};

KT_MAIN(KT_KDAL | KT_TARGET)
