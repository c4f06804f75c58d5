// SPDX-License-Identifier: GPL-2.0
/*
 * Flag G: objects beside pages that cannot be accessed, from KFENCE's pool. Bad
 * reads are reported at once, correct programs are not, and KFENCE goes on.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kdal.h"
#include "kt.h"

#define KFENCE_DIR DEBUGFS "/kfence/"
#define KFENCE_INTERVAL "/sys/module/kfence/parameters/sample_interval"
#define RULE "module kdal_target =FZPUQLMCG"
#define MAX_STEPS 6

static void need_kfence(void)
{
	if (access(KFENCE_DIR "objects", R_OK) || file_number(KFENCE_INTERVAL) <= 0)
		kt_skip_all("no " KFENCE_DIR "objects, or it is disabled (CONFIG_KFENCE)");
}

static int count(const char *text, const char *what)
{
	int n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

/* One report of KFENCE since the case began, with the rule, and no other trouble. */
static void expect_kfence(const char *title, int rule)
{
	char *text = kmsg_text(), served[64];

	snprintf(served, sizeof(served), "kdal: served by rule %d\n", rule);
	EXPECT(strstr(text, title), "the log has no \"%s\": %s", title, text);
	EXPECT(strstr(text, served), "the log has no \"%s\": %s", served, text);
	EXPECT_EQ(count(text, "BUG: "), 1);
	EXPECT_EQ(count(text, "WARNING: "), 0);
	free(text);
	kmsg_mark("a report of KFENCE was expected");
}

/* The id that the first rule in control has */
static int first_rule(void)
{
	char *text = kdal_read("control"), *at = strstr(text, "# id=");
	int id = at ? atoi(at + 5) : 0;

	free(text);
	return id;
}

/* What a module does; the last step gives the report. */
struct program {
	const char *steps[MAX_STEPS];
	const char *title;
};

/* Two objects of a call site: one at the right end of its page, one at the left. */
static const struct program read_right = {
	{ "kmalloc size=256 n=2", "peek slot=0 off=0 len=256", "peek slot=1 off=0 len=256",
	  "peek slot=%d off=256" },
	"BUG: KFENCE: out-of-bounds read in kdal_target_peek+0x",
};

static const struct program read_left = {
	{ "kmalloc size=100 n=2", "peek slot=%d off=-1" },
	"BUG: KFENCE: out-of-bounds read in kdal_target_peek+0x",
};

static const struct program read_freed = {
	{ "kmalloc size=100", "kfree", "peek off=50" },
	"BUG: KFENCE: use-after-free read in kdal_target_peek+0x",
};

static const struct program read_freed_rcu = {
	{ "kmalloc size=100", "kfree_rcu", "rcu_barrier", "peek off=50" },
	"BUG: KFENCE: use-after-free read in kdal_target_peek+0x",
};

static const struct program read_freed_cache = {
	{ "cache_create size=200", "cache_alloc", "cache_free", "peek off=199" },
	"BUG: KFENCE: use-after-free read in kdal_target_peek+0x",
};

static const struct program read_grown = {
	{ "kmalloc size=100", "krealloc size=300", "kfree", "peek off=299" },
	"BUG: KFENCE: use-after-free read in kdal_target_peek+0x",
};

static const struct program write_freed = {
	{ "kmalloc size=100", "kfree", "poke off=50" },
	"BUG: KFENCE: use-after-free write in kdal_target_poke+0x",
};

static const struct program twice = {
	{ "kmalloc size=100", "kfree", "kfree_again" },
	"BUG: KFENCE: invalid free in kdal_target_kfree_again+0x",
};

/* The one of slots 0 and 1 that begins where its page does, or the other */
static int slot_at(bool right)
{
	int slot;

	for (slot = 0; slot < 2; slot++) {
		target_do("addr slot=%d", slot);
		if (!(target_value("addr") & 4095) != right)
			return slot;
	}
	REQUIRE(false, "no object at the %s", right ? "right" : "left");
	return 0;
}

static void reported(const void *arg)
{
	const struct program *p = arg;
	long long before, served;
	char step[64];
	int i, rule;

	kdal_rule(RULE);
	rule = first_rule();
	before = kdal_stat("guard_reports");
	served = kdal_stat("guarded");
	for (i = 0; i < MAX_STEPS && p->steps[i]; i++) {
		EXPECT_EQ(kdal_stat("guard_reports"), before);
		snprintf(step, sizeof(step), p->steps[i],
			 strchr(p->steps[i], '%') ? slot_at(p == &read_right) : 0);
		target_do("%s", step);
	}
	expect_kfence(p->title, rule);
	EXPECT_EQ(kdal_stat("guard_reports"), before + 1);
	EXPECT_GT(kdal_stat("guarded"), served);
}

/* The line is that of the rule that decided. */
static void which_rule(const void *arg)
{
	int first;

	(void)arg;
	kdal_rule("module kdal_target =FG; module kdal_target func kdal_target_kzalloc =FG");
	first = first_rule();
	target_do("kzalloc slot=0 size=100");
	target_do("kmalloc slot=1 size=100");
	target_do("kfree n=2");
	target_do("peek slot=0");
	expect_kfence("BUG: KFENCE: use-after-free read", first + 1);
	target_do("peek slot=1");
	expect_kfence("BUG: KFENCE: use-after-free read", first);
}

static void silent(const void *arg)
{
	static const char *const ctxs[] = { "irqsoff", "softirq", "hardirq", "spinlock", "rcu" };
	size_t i;

	(void)arg;
	kdal_rule(RULE);
	target_do("churn n=3000 seed=1");
	for (i = 0; i < ARRAY_LEN(ctxs); i++) {
		target_do("kmalloc n=20 size=100 gfp=atomic ctx=%s", ctxs[i]);
		target_do("kfree n=20 ctx=%s", ctxs[i]);
	}
	target_do("kmalloc n=8 size=100 gfp=kernel|account");
	EXPECT_EQ(kdal_objects("kdal_target_kmalloc"), 8);
	EXPECT_EQ(kdal_site("kdal_target_kmalloc", "bytes"), 800);
	target_do("ksize");
	EXPECT_EQ(target_value("ksize"), 100);
	EXPECT_EQ(kdal_verify(), 0);
	target_do("reset");
	EXPECT_EQ(kdal_stat("live_objects"), 0);
	EXPECT_GT(kdal_stat("guarded"), 0);
}

static int churn_child(int nr)
{
	return -target("churn n=2000 seed=%d", nr + 1);
}

static void under_load(const void *arg)
{
	(void)arg;
	kdal_rule(RULE);
	EXPECT_EQ(in_children(8, churn_child), 0);
	target_do("rcu_barrier");
	EXPECT_EQ(kdal_stat("live_objects"), 0);
	EXPECT_EQ(kdal_verify(), 0);
}

static int pool_size(void)
{
	char *text = file_read(KFENCE_DIR "objects");
	int n = text ? count(text, "kfence-#") : 0;

	free(text);
	return n;
}

static long long kfence_allocs(void)
{
	char *text = file_read(KFENCE_DIR "stats");
	long long n = text ? text_value(text, "total allocations") : -1;

	free(text);
	return n;
}

/* Half of the pool and no more; the rest of the requests is checked as without G. */
static void share(const void *arg)
{
	long long served = kdal_stat("guarded"), full = kdal_stat("guard_full"), n;
	long long unchecked = kdal_unchecked();
	int half = pool_size() / 2;

	(void)arg;
	kdal_rule(RULE);
	target_do("kmalloc n=%d size=100", 4 * half);
	EXPECT_EQ(kdal_stat("guarded") - served, half);
	EXPECT_EQ(kdal_stat("guard_full") - full, 3 * half);
	EXPECT_EQ(kdal_objects("kdal_target_kmalloc"), 4 * half);
	EXPECT_EQ(kdal_zone("normal", 128, "live"), 3 * half);
	EXPECT_EQ(kdal_unchecked(), unchecked);
	target_do("poke slot=%d off=100", 2 * half);
	target_do("kfree slot=%d", 2 * half);
	EXPECT_REPORT("BUG: KDAL: slab-out-of-bounds write", "kdal_target_kmalloc");
	/* Sampling goes on meanwhile, for the others. */
	n = kfence_allocs();
	served = kdal_stat("guarded");
	EXPECT(WAIT_FOR(!neighbour("hold 200 100") &&
			kfence_allocs() - n > kdal_stat("guarded") - served + 2, 20000),
	       "KFENCE samples nothing any more");
	EXPECT_EQ(neighbour("hold 0 0"), 0);
	target_do("reset");
	/* What KDAL does not use any more is KFENCE's. */
	REQUIRE(kdal_off(), "not off");
	kdal_rule(RULE);
	served = kdal_stat("guarded");
	target_do("kmalloc n=%d size=100", 2 * half);
	EXPECT_EQ(kdal_stat("guarded") - served, half);
}

static void unfit(const void *arg)
{
	long long before = kdal_stat("guard_unfit");

	(void)arg;
	kdal_rule(RULE);
	target_do("kmalloc slot=0 size=5000");
	target_do("kmalloc slot=1 size=100 gfp=kernel|dma");
	EXPECT_EQ(kdal_stat("guard_unfit") - before, 2);
	EXPECT_EQ(kdal_zone(NULL, 0, "live"), 2);
}

/* Without KFENCE the objects come from the heap, and that is counted. */
static void disabled(const void *arg)
{
	long long interval = file_number(KFENCE_INTERVAL), off = kdal_stat("guard_off");

	(void)arg;
	kdal_rule(RULE);
	REQUIRE(!file_put_number(KFENCE_INTERVAL, 0), "cannot disable KFENCE");
	target_do("kmalloc n=5 size=100");
	file_put_number(KFENCE_INTERVAL, interval);
	EXPECT_EQ(kdal_stat("guard_off") - off, 5);
	EXPECT_EQ(kdal_zone("normal", 128, "live"), 5);
	off = kdal_stat("guard_off");
	target_do("kmalloc slot=5 size=100");
	EXPECT_EQ(kdal_stat("guard_off"), off);
	EXPECT_EQ(kdal_zone("normal", 128, "live"), 5);
}

/* Left behind by its module, and taken back by the next one that is loaded. */
static void leak(const void *arg)
{
	long long addr;

	(void)arg;
	kdal_rule(RULE);
	target_do("kmalloc size=100");
	target_do("addr");
	addr = target_value("addr");
	target_do("forget");
	EXPECT_EQ(module_unload("kdal_target"), 0);
	EXPECT_EQ(module_load("kdal_target", ""), 0);
	EXPECT_REPORT("WARNING: KDAL: leak at unload", "kdal_target_kmalloc",
		      { "1 object", "100 bytes", "[kdal_target]" },
		      .alloc = "kdal_target_kmalloc");
	EXPECT_EQ(kdal_stat("live_objects"), 1);
	target_do("adopt addr=%lld", addr);
	target_do("kfree");
	EXPECT_EQ(kdal_stat("live_objects"), 0);
}

static const struct kt_case cases[] = {
	{ "read right of the object", reported, &read_right },
	{ "read left of the object", reported, &read_left },
	{ "read after free", reported, &read_freed },
	{ "read after kfree_rcu", reported, &read_freed_rcu },
	{ "read after free, cache", reported, &read_freed_cache },
	{ "read after free, krealloc", reported, &read_grown },
	{ "write after free", reported, &write_freed },
	{ "double free", reported, &twice },
	{ "which rule", which_rule, NULL },
	{ "correct programs", silent, NULL },
	{ "under load", under_load, NULL },
	{ "share of the pool", share, NULL },
	{ "what KFENCE does not serve", unfit, NULL },
	{ "KFENCE disabled", disabled, NULL },
	{ "leak at unload", leak, NULL },
};

KT_MAIN_SETUP(KT_KDAL | KT_TARGET | KT_NEIGHBOUR, need_kfence)
