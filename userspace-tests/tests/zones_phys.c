// SPDX-License-Identifier: GPL-2.0
/* Objects lie where their flags say, by physical address. */
#include <stdlib.h>
#include <string.h>

#include "kdal.h"
#include "kt.h"

#define N 20
#define MIB (1024 * 1024LL)
#define DMA_END (16 * MIB)
#define DMA32_END (4096 * MIB)

static const size_t sizes[] = { 8, 24, 64, 192, 512, 1024, 4096, 8192 };

static bool zone_exists(const char *name)
{
	char *text = file_read("/proc/zoneinfo"), *at = text;
	bool found = false;

	while (!found && at && (at = strstr(at, "zone"))) {
		at += 4 + strspn(at + 4, " ");
		found = !strncmp(at, name, strlen(name)) && at[strlen(name)] == '\n' &&
			text_value(strstr(at, "managed") ?: "", "managed") > 0;
	}
	free(text);
	return found;
}

static void below(const char *zone, size_t class, size_t size, long long end)
{
	target_do("phys n=%d size=%zu", N, size);
	EXPECT_LE(target_value("hi"), end - 1);
	EXPECT_EQ(kdal_zone(zone, class, "live"), N);
	EXPECT_EQ(kdal_stat("live_objects"), N);
}

static void kmalloc_dma(const void *arg)
{
	size_t i;

	(void)arg;
	if (!zone_exists("DMA"))
		kt_skip("no ZONE_DMA here");
	kdal_rule("module kdal_target");
	for (i = 0; i < ARRAY_LEN(sizes); i++) {
		target_do("kmalloc n=%d size=%zu gfp=kernel|dma", N, sizes[i]);
		below("dma", 0, sizes[i], DMA_END);
		target_do("kfree n=%d", N);
	}
}

static void cache_in(const char *flags, const char *zone, long long end)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(sizes); i++) {
		kdal_rule("clear");
		target_do("cache_create size=%zu flags=%s", sizes[i], flags);
		kdal_rule("module kdal_target");
		target_do("cache_alloc n=%d", N);
		below(zone, 0, sizes[i], end);
		target_do("cache_free n=%d", N);
		target_do("cache_destroy");
	}
}

static void cache_dma(const void *arg)
{
	(void)arg;
	if (!zone_exists("DMA"))
		kt_skip("no ZONE_DMA here");
	cache_in("dma", "dma", DMA_END);
}

static void cache_dma32(const void *arg)
{
	(void)arg;
	if (!zone_exists("DMA32"))
		kt_skip("no ZONE_DMA32 here");
	if (!zone_exists("Normal"))
		kt_info("all memory here is below 4 GiB, which makes this easy");
	cache_in("dma32", "dma32", DMA32_END);
}

/* kmalloc() refuses these flags and goes on without them; KDAL counts that. */
static void highmem_is_fixed_up(const void *arg)
{
	long long before;

	(void)arg;
	kdal_rule("module kdal_target");
	before = kdal_stat("gfp_fixups");
	target_do("kmalloc n=3 size=64 gfp=highuser");
	EXPECT_EQ(kdal_stat("live_objects"), 3);
	EXPECT_EQ(kdal_stat("gfp_fixups") - before, 3);
	EXPECT_EQ(kdal_zone("normal", 64, "live"), 3);
	EXPECT_REPORT("WARNING: KDAL: lint: highmem-in-slab", "kdal_target_kmalloc");
}

static void node_and_thisnode(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc_node n=5 size=200 node=0");
	target_do("kmalloc_node slot=5 n=5 size=200 node=0 gfp=kernel|thisnode");
	EXPECT_EQ(kdal_site("kdal_target_kmalloc_node", "live"), 10);
	EXPECT_EQ(kdal_stat("live_objects"), 10);
}

/* A zone of a rule is that of the request. */
static void rule_for_a_zone(const void *arg)
{
	(void)arg;
	if (!zone_exists("DMA"))
		kt_skip("no ZONE_DMA here");
	kdal_rule("module kdal_target zone dma");
	target_do("kmalloc slot=0 n=4 size=64");
	target_do("kmalloc slot=4 n=6 size=64 gfp=kernel|dma");
	EXPECT_EQ(kdal_stat("live_objects"), 6);
	EXPECT_EQ(kdal_zone("dma", 64, "live"), 6);
}

static const struct kt_case cases[] = {
	{ "kmalloc GFP_DMA below 16 MiB", kmalloc_dma, NULL },
	{ "SLAB_CACHE_DMA below 16 MiB", cache_dma, NULL },
	{ "SLAB_CACHE_DMA32 below 4 GiB", cache_dma32, NULL },
	{ "GFP_HIGHUSER is fixed up", highmem_is_fixed_up, NULL },
	{ "node", node_and_thisnode, NULL },
	{ "rule for a zone", rule_for_a_zone, NULL },
};

KT_MAIN(KT_KDAL | KT_TARGET)
