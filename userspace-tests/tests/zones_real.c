// SPDX-License-Identifier: GPL-2.0
/*
 * On a machine with memory on both sides of 4 GiB: plain requests lie above it,
 * and below when there is nothing left, which is counted.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kdal.h"
#include "kt.h"

#define N 100
#define FILL 4000
#define MIB (1024 * 1024LL)
#define PAGES_PER_MIB 256
#define DMA32_END (4096 * MIB)
#define MAX_NODES 8
#define MPOL_BIND 2

static const size_t sizes[] = { 8, 100, 1024, 8192 };

/* A node with both zones, and memory enough in each. */
static int both = -1;

static void need_both_zones(void)
{
	int node;

	for (node = 0; node < MAX_NODES && both < 0; node++)
		if (zoneinfo(node, "DMA32", "managed") > 128 * PAGES_PER_MIB &&
		    zoneinfo(node, "Normal", "managed") > 128 * PAGES_PER_MIB)
			both = node;
	if (both < 0)
		kt_skip_all("no node with memory in both DMA32 and Normal");
}

static void plain_above(const void *arg)
{
	size_t i;

	(void)arg;
	kdal_rule("module kdal_target");
	for (i = 0; i < ARRAY_LEN(sizes); i++) {
		target_do("kmalloc_node n=%d size=%zu node=%d gfp=kernel|thisnode", N, sizes[i],
			  both);
		target_do("phys n=%d size=%zu", N, sizes[i]);
		EXPECT_GE(target_value("lo"), DMA32_END);
		EXPECT_EQ(kdal_zone("normal", 0, "live"), N);
		target_do("kfree n=%d", N);
	}
	EXPECT_EQ(kdal_stat("zone_fallbacks"), 0);
}

/* The same call site, with a cache that asks for it: below. */
static void dma32_below(const void *arg)
{
	size_t i;

	(void)arg;
	for (i = 0; i < ARRAY_LEN(sizes); i++) {
		target_do("cache_create size=%zu flags=dma32", sizes[i]);
		kdal_rule("module kdal_target");
		target_do("cache_alloc n=%d", N);
		target_do("phys n=%d size=%zu", N, sizes[i]);
		EXPECT_LE(target_value("hi"), DMA32_END - 1);
		EXPECT_EQ(kdal_zone("dma32", 0, "live"), N);
		target_do("cache_free n=%d", N);
		kdal_rule("clear");
		target_do("cache_destroy");
	}
}

/* Takes memory of the node until Normal has none and DMA32 a bit less. */
static void hog(long long mib)
{
	unsigned long mask = 1UL << both;

	file_puts("/proc/self/oom_score_adj", "1000");
	if (syscall(SYS_set_mempolicy, MPOL_BIND, &mask, 8 * sizeof(mask)))
		_exit(1);
	if (mmap(NULL, mib * MIB, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0) == MAP_FAILED)
		_exit(1);
	for (;;)
		pause();
}

/* FILL objects of a page, in slots of two, are more than it has left. */
static bool normal_is_full(void)
{
	return zoneinfo(both, "Normal", "nr_free_pages") < FILL;
}

static void fallback_counted(const void *arg)
{
	long long before;
	pid_t pid;

	(void)arg;
	kdal_rule("module kdal_target");
	before = kdal_stat("zone_fallbacks");
	pid = fork();
	if (!pid)
		hog(zoneinfo(both, "Normal", "nr_free_pages") / PAGES_PER_MIB + 32);
	if (EXPECT(WAIT_FOR(normal_is_full(), 60000), "%lld pages of Normal free",
		   zoneinfo(both, "Normal", "nr_free_pages"))) {
		target_do("kmalloc_node n=%d size=4096 node=%d gfp=kernel|thisnode", FILL, both);
		target_do("phys n=%d size=4096", FILL);
		EXPECT_GT(DMA32_END, target_value("lo"));
		EXPECT_GT(kdal_stat("zone_fallbacks") - before, 0);
		EXPECT_EQ(kdal_site("kdal_target_kmalloc_node", "zone_fallbacks"),
			  kdal_stat("zone_fallbacks") - before);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	kt_info("%lld of %d objects below 4 GiB", kdal_stat("zone_fallbacks") - before, FILL);
}

static const struct kt_case cases[] = {
	{ "plain requests above 4 GiB", plain_above, NULL },
	{ "SLAB_CACHE_DMA32 below 4 GiB", dma32_below, NULL },
	{ "fallback is counted", fallback_counted, NULL },
};

KT_MAIN_SETUP(KT_KDAL | KT_TARGET, need_both_zones)
