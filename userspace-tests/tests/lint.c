// SPDX-License-Identifier: GPL-2.0
/* Lint of flags, sizes and contexts: each kind once, and nothing of correct code. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kdal.h"
#include "kt.h"

#define LINT(kind) "WARNING: KDAL: lint: " kind

/* A context where nobody may sleep, and how a report puts it. */
static const struct place {
	const char *ctx;
	const char *text;
} places[] = {
	{ "irqsoff", ": interrupts off\n" },
	{ "softirq", ": in a softirq" },
	{ "hardirq", ": in a hard interrupt, interrupts off\n" },
	{ "preemptoff", ": preemption off\n" },
	{ "spinlock", ": interrupts off, preemption off\n" },
	{ "bhoff", ": in a softirq or with softirqs off\n" },
	{ "rcu", ": RCU reader\n" },
};

/* Such a kernel says so itself, and what it says would fail the case. */
static void need_no_debug(void)
{
	if (kernel_has("__might_sleep"))
		kt_skip("CONFIG_DEBUG_ATOMIC_SLEEP warns as well");
}

static void sleeping(const void *arg)
{
	const struct place *p = arg;

	need_no_debug();
	kdal_rule("module kdal_target");
	/* Once for the call site; the requests are served and checked. */
	target_do("kmalloc n=20 size=100 gfp=kernel ctx=%s", p->ctx);
	EXPECT_EQ(kdal_stat("live_objects"), 20);
	EXPECT_REPORT(LINT("sleeping-in-atomic"), "kdal_target_kmalloc",
		      { "request of 100 bytes", "gfp GFP_KERNEL,", p->text },
		      .called = "kdal_target_kmalloc");
	target_do("kfree n=20");
	/* Another call site is another matter. */
	target_do("kzalloc size=100 gfp=noio ctx=%s", p->ctx);
	EXPECT_REPORT(LINT("sleeping-in-atomic"), "kdal_target_kzalloc",
		      { "gfp GFP_NOIO|__GFP_ZERO,", p->text });
	target_do("kfree");
}

/* Not served from the heap, but linted. */
static void sleeping_large(const void *arg)
{
	(void)arg;
	need_no_debug();
	kdal_rule("module kdal_target");
	target_do("kmalloc size=20000 gfp=kernel");
	target_do("kfree");
	target_do("kmalloc size=20000 gfp=kernel ctx=preemptoff");
	EXPECT_REPORT(LINT("sleeping-in-atomic"), "kdal_target_kmalloc",
		      { "request of 20000 bytes", "preemption off" },
		      .called = "kdal_target_kmalloc");
	target_do("kfree");
	EXPECT_EQ(kdal_stat("live_objects"), 0);
}

/* Pages may be in any zone, and are linted all the same. */
static void pages(const void *arg)
{
	(void)arg;
	need_no_debug();
	kdal_rule("module kdal_target");
	target_do("page_alloc order=1 gfp=kernel");
	target_do("page_free order=1");
	target_do("page_alloc order=1 gfp=atomic ctx=preemptoff");
	target_do("page_free order=1 ctx=preemptoff");
	target_do("page_alloc order=1 gfp=kernel ctx=preemptoff");
	EXPECT_REPORT(LINT("sleeping-in-atomic"), "kdal_target_alloc_pages",
		      { "request of 8192 bytes", "api page, cache -, gfp GFP_KERNEL,",
			"preemption off" },
		      .called = "kdal_target_alloc_pages");
	target_do("page_free order=1");
}

/* When the layer was off, nobody knows of the reports before. */
static void again_after_off(const void *arg)
{
	int round;

	(void)arg;
	for (round = 0; round < 2; round++) {
		kdal_rule("module kdal_target");
		target_do("kmalloc n=3 size=100 gfp=highuser");
		EXPECT_REPORT(LINT("highmem-in-slab"), "kdal_target_kmalloc");
		target_do("kfree n=3");
		REQUIRE(kdal_off(), "KDAL does not go off");
	}
}

static void flags(const void *arg)
{
	static const struct want two[] = {
		{ LINT("dma32-in-slab"), "kdal_target_kmalloc" },
		{ LINT("zone-conflict"), "kdal_target_kmalloc" },
	};

	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kzalloc size=100 gfp=kernel|dma32");
	EXPECT_REPORT(LINT("dma32-in-slab"), "kdal_target_kzalloc",
		      { "gfp GFP_KERNEL|GFP_DMA32|__GFP_ZERO," });
	target_do("kmalloc slot=1 size=100 gfp=kernel|dma|dma32");
	reports_expect(two, ARRAY_LEN(two));
	EXPECT_EQ(kdal_stat("live_objects"), 2);
	target_do("kfree n=2");
}

static void constructor(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	target_do("cache_create size=120 ctor=1");
	target_do("cache_alloc n=5");
	target_do("cache_zalloc slot=5 n=5");
	EXPECT_REPORT(LINT("zero-with-constructor"), "kdal_target_cache_zalloc",
		      { "cache kdal_target_0," }, .called = "kdal_target_cache_zalloc");
	target_do("cache_free n=10");
}

/* The owner is blamed, not the helper. */
static void helper(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kasprintf n=3 size=30 gfp=kernel|dma32");
	EXPECT_REPORT(LINT("dma32-in-slab"), "kdal_target_kasprintf",
		      { "[kdal_target] via kasprintf+" }, .called = "kdal_target_kasprintf");
	target_do("kfree n=3");
}

static void zero_size(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc size=0");
	kdal_param("lint_zero_size", 1);
	target_do("kmalloc n=3 size=0");
	EXPECT_REPORT(LINT("zero-size"), "kdal_target_kmalloc", { "request of 0 bytes" });
	target_do("kfree n=3");
}

static void breaks_on_rt(const void *arg)
{
	static const char *const fine[] = {
		"task", "softirq", "hardirq", "spinlock", "preemptoff", "bhoff", "rcu",
	};
	size_t i;

	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc size=100 gfp=atomic ctx=irqsoff");
	target_do("kfree");
	kdal_param("lint_rt", 1);
	for (i = 0; i < ARRAY_LEN(fine); i++) {
		target_do("kmalloc size=100 gfp=atomic ctx=%s", fine[i]);
		target_do("kfree");
	}
	target_do("kmalloc size=100 gfp=atomic ctx=irqsoff");
	EXPECT_REPORT(LINT("breaks-on-rt"), "kdal_target_kmalloc",
		      { "gfp GFP_ATOMIC,", ": interrupts off\n" });
	target_do("kfree");
}

/* Right in any context, and right where one may sleep. */
static void correct(const void *arg)
{
	static const char *const atomic[] = { "atomic", "nowait", "atomic|zero|nowarn" };
	static const char *const blocking[] = {
		"kernel", "user", "noio", "nofs", "kernel|nofail", "kernel|noretry|nowarn",
		"kernel|account", "kernel|dma", "kernel|thisnode",
	};
	size_t i, j;

	(void)arg;
	kdal_rule("module kdal_target");
	for (i = 0; i < ARRAY_LEN(places); i++) {
		for (j = 0; j < ARRAY_LEN(atomic); j++) {
			target_do("kmalloc n=5 size=100 gfp=%s ctx=%s", atomic[j], places[i].ctx);
			target_do("kfree n=5 ctx=%s", places[i].ctx);
		}
	}
	for (i = 0; i < ARRAY_LEN(blocking); i++) {
		target_do("kmalloc n=5 size=100 gfp=%s ctx=nofs", blocking[i]);
		target_do("kfree n=5");
		target_do("kmalloc n=5 size=100 gfp=%s", blocking[i]);
		target_do("kfree n=5");
	}
	target_do("churn n=3000 seed=3");
	/* Who says __GFP_NOWARN expects the failure. */
	EXPECT_EQ(target("kmalloc size=0x10000000 gfp=kernel|nowarn"), -ENOMEM);
	EXPECT_EQ(target("kmalloc size=-64 gfp=kernel|nowarn"), -ENOMEM);
}

static void without_c(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target =FZPUQLM");
	target_do("kmalloc size=100 gfp=highuser");
	EXPECT_EQ(kdal_stat("live_objects"), 1);
	target_do("kfree");
	kdal_rule("module kdal_target +C");
	target_do("kmalloc size=100 gfp=highuser");
	EXPECT_REPORT(LINT("highmem-in-slab"), "kdal_target_kmalloc");
	target_do("kfree");
}

static const struct kt_case cases[] = {
	{ "GFP_KERNEL, interrupts off", sleeping, &places[0] },
	{ "GFP_KERNEL in a softirq", sleeping, &places[1] },
	{ "GFP_KERNEL in a hardirq", sleeping, &places[2] },
	{ "GFP_KERNEL, preemption off", sleeping, &places[3] },
	{ "GFP_KERNEL under a spinlock", sleeping, &places[4] },
	{ "GFP_KERNEL, softirqs off", sleeping, &places[5] },
	{ "GFP_KERNEL in an RCU reader", sleeping, &places[6] },
	{ "large kmalloc, preemption off", sleeping_large, NULL },
	{ "pages", pages, NULL },
	{ "again after KDAL was off", again_after_off, NULL },
	{ "flags", flags, NULL },
	{ "constructor", constructor, NULL },
	{ "through a helper", helper, NULL },
	{ "zero size", zero_size, NULL },
	{ "breaks on PREEMPT_RT", breaks_on_rt, NULL },
	{ "correct requests are silent", correct, NULL },
	{ "without C", without_c, NULL },
};

KT_MAIN(KT_KDAL | KT_TARGET)
