// SPDX-License-Identifier: GPL-2.0
/*
 * Debugging must not create the failure it looks for: what the kernel would
 * have given without KDAL it gives with KDAL, unchecked if need be, and counted.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kdal.h"
#include "kt.h"

#define FAILSLAB DEBUGFS "/failslab/"
#define SLAB_DIR "/sys/kernel/slab/"
#define N 500
#define DMA_MAX 6000

static const size_t classes[] = { 8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192 };

/* failslab for this task, on all caches or on those that are marked. */
static void failslab_on(bool marked_only, int percent)
{
	EXPECT_EQ(file_puts(FAILSLAB "ignore-gfp-wait", "0"), 0);
	EXPECT_EQ(file_puts(FAILSLAB "task-filter", "1"), 0);
	EXPECT_EQ(file_puts(FAILSLAB "cache-filter", marked_only ? "1" : "0"), 0);
	EXPECT_EQ(file_puts(FAILSLAB "verbose", "0"), 0);
	EXPECT_EQ(file_puts(FAILSLAB "times", "-1"), 0);
	EXPECT_EQ(file_put_number(FAILSLAB "probability", percent), 0);
	EXPECT_EQ(file_puts("/proc/self/make-it-fail", "1"), 0);
}

/* Even the open() of this may fail while failslab is on. */
static void failslab_off(void)
{
	int tries = 10000;

	while (file_puts("/proc/self/make-it-fail", "0") && --tries)
		;
	EXPECT(tries, "cannot switch failslab off");
	file_puts(FAILSLAB "probability", "0");
}

/* Marks KDAL's own caches, so that failslab reaches no other. */
static void mark_kdal_caches(void)
{
	char path[128];
	size_t i;

	for (i = 0; i < ARRAY_LEN(classes); i++) {
		snprintf(path, sizeof(path), SLAB_DIR "kdal-normal-%zu/failslab", classes[i]);
		EXPECT_EQ(file_puts(path, "1"), 0);
	}
}

static void need_failslab(void)
{
	if (access(FAILSLAB "probability", W_OK))
		kt_skip("no failslab (CONFIG_FAILSLAB, CONFIG_FAULT_INJECTION_DEBUG_FS)");
	if (access(SLAB_DIR, F_OK))
		kt_skip("no " SLAB_DIR " (CONFIG_SLUB_DEBUG)");
}

static void failslab(const void *arg)
{
	const char *gfp = arg;
	size_t i, failed = 0;

	need_failslab();
	kdal_rule("module kdal_target");
	mark_kdal_caches();
	failslab_on(true, 100);
	for (i = 0; i < ARRAY_LEN(classes); i++) {
		if (target("kmalloc n=%d size=%zu gfp=%s", N, classes[i], gfp))
			failed++;
		target_do("kfree n=%d", N);
	}
	failslab_off();
	EXPECT(!failed, "%zu of %zu sizes failed", failed, ARRAY_LEN(classes));
	EXPECT_EQ(kdal_site("kdal_target_kmalloc", "failures"), 0);
	EXPECT_EQ(kdal_stat("live_objects"), 0);
}

/* failslab on every cache fails the target as it would without KDAL. */
static void failslab_everywhere(const void *arg)
{
	int i, failed = 0;

	(void)arg;
	need_failslab();
	kdal_rule("module kdal_target");
	failslab_on(false, 10);
	for (i = 0; i < N; i++)
		failed += target("kmalloc slot=%d size=100 gfp=kernel|nowarn", i) != 0;
	failslab_off();
	EXPECT_GT(failed, 0);
	EXPECT_GT(N, failed);
	EXPECT_EQ(kdal_stat("live_objects"), kdal_zone(NULL, 0, "live"));
	EXPECT_EQ(kdal_verify(), 0);
}

/* Objects of @size that ZONE_DMA gives; they stay allocated. */
static long long exhaust_dma(size_t size)
{
	target("kmalloc n=%d size=%zu gfp=nowait|dma|nowarn", DMA_MAX, size);
	return target_value("got");
}

static void exhausted_dma_zone(const void *arg)
{
	long long without, with, unchecked;

	(void)arg;
	if (kernel_has("kasan_report"))
		kt_skip("KASAN's quarantine would keep what ZONE_DMA has");
	without = exhaust_dma(4096);
	target_do("reset");
	if (without < 100 || without == DMA_MAX)
		kt_skip("ZONE_DMA gives %lld pages: too few, or too many to exhaust", without);
	kdal_rule("module kdal_target");
	unchecked = kdal_stat("unchecked_nomem");
	with = exhaust_dma(4096);
	unchecked = kdal_stat("unchecked_nomem") - unchecked;
	kt_info("%lld objects without KDAL, %lld with it, %lld of them unchecked", without, with,
		unchecked);
	/* Two pages and more for an object that is checked, so a third is left. */
	EXPECT_GE(with, without / 4);
	EXPECT_GT(unchecked, 0);
	EXPECT_EQ(kdal_zone("dma", 4096, "fallbacks"), unchecked);
	EXPECT_EQ(kdal_stat("live_objects"), kdal_zone("dma", 4096, "live"));
	EXPECT_EQ(kdal_verify(), 0);
	target_do("reset");
	EXPECT_EQ(kdal_stat("live_objects"), 0);
}

/* Requests that may not wait come from the reserve, and are checked. */
static void atomic_requests(const void *arg)
{
	long long before;

	(void)arg;
	kdal_rule("module kdal_target");
	before = kdal_unchecked();
	target_do("kmalloc n=200 size=64 gfp=atomic ctx=irqsoff");
	EXPECT_EQ(kdal_stat("live_objects") + kdal_unchecked() - before, 200);
	EXPECT_GT(kdal_stat("live_objects"), 0);
}

/* Larger than the largest class: not slab memory, and not from the heap. */
static void too_large(const void *arg)
{
	long long unchecked = kdal_unchecked();

	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc n=5 size=8193");
	target_do("kmalloc slot=5 n=5 size=100000");
	EXPECT_EQ(kdal_stat("live_objects"), 10);
	target_do("kmalloc slot=10 size=100");
	EXPECT_EQ(kdal_zone("normal", 128, "live"), 1);
	target_do("krealloc slot=10 size=20000");
	EXPECT_EQ(kdal_zone("normal", 128, "live"), 0);
	EXPECT_EQ(kdal_stat("live_objects"), 11);
	target_do("kfree n=11");
	EXPECT_EQ(kdal_stat("live_objects"), 0);
	EXPECT_EQ(kdal_unchecked(), unchecked);
}

static const struct kt_case cases[] = {
	{ "failslab, GFP_KERNEL", failslab, "kernel" },
	{ "failslab, GFP_ATOMIC", failslab, "atomic" },
	{ "failslab, GFP_NOWAIT", failslab, "nowait" },
	{ "failslab on every cache", failslab_everywhere, NULL },
	{ "exhausted ZONE_DMA", exhausted_dma_zone, NULL },
	{ "atomic requests", atomic_requests, NULL },
	{ "too large for a class", too_large, NULL },
};

KT_MAIN(KT_KDAL | KT_TARGET)
