// SPDX-License-Identifier: GPL-2.0
/*
 * N objects of a targeted module: stats, zones, sites and objects agree to the
 * object; /proc/slabinfo agrees within what its numbers mean.
 *
 * slabinfo's active_objs counts every object that SLUB has handed out, so KDAL's
 * live, cached, quarantined and reserved ones, and besides all objects of the
 * slabs that a CPU works on or keeps aside, free or not. So it is never below
 * KDAL's own count, and never above num_objs; how far between is SLUB's affair.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kdal.h"
#include "kt.h"

#define N 37
#define SITE "kdal_target_kmalloc"

static const size_t sizes[] = {
	1, 7, 8, 9, 16, 17, 31, 32, 33, 63, 64, 65, 96, 97, 128, 129, 192, 193, 255, 256,
	257, 512, 513, 1000, 1024, 1025, 2048, 4095, 4096, 4097, 8191, 8192,
};

static size_t class_of(size_t size)
{
	size_t class = 8;

	if (size > 64 && size <= 96)
		return 96;
	if (size > 128 && size <= 192)
		return 192;
	while (class < size)
		class *= 2;
	return class;
}

static void stats_agree(size_t n, size_t size)
{
	EXPECT_EQ(kdal_stat("live_objects"), (long long)n);
	EXPECT_EQ(kdal_stat("live_bytes"), (long long)(n * size));
}

static void zones_agree(size_t n, size_t size)
{
	EXPECT_EQ(kdal_zone("normal", class_of(size), "live"), (long long)n);
	EXPECT_EQ(kdal_zone(NULL, 0, "live"), (long long)n);
	EXPECT_EQ(kdal_zone(NULL, 0, "cached"), kdal_stat("cached_objects"));
	EXPECT_EQ(kdal_zone(NULL, 0, "quarantined"), kdal_stat("quarantined_objects"));
	EXPECT_EQ(kdal_zone(NULL, 0, "reserve"), kdal_stat("reserve_objects"));
}

static void sites_agree(size_t n, size_t size)
{
	EXPECT_EQ(kdal_site(SITE, "live"), (long long)n);
	EXPECT_EQ(kdal_site(SITE, "bytes"), (long long)(n * size));
	EXPECT_GE(kdal_site(SITE, "peak_bytes"), (long long)(n * size));
	EXPECT_EQ(kdal_site(SITE, "failures"), 0);
}

static void objects_agree(size_t n, size_t size)
{
	struct table t = table_read("objects");
	size_t row;

	EXPECT(t.rows == n, "objects has %zu rows, not %zu", t.rows, n);
	for (row = 0; row < t.rows && !kt_failed(); row++) {
		EXPECT_EQ(table_number(&t, row, "size"), (long long)size);
		EXPECT(!strcmp(table_cell(&t, row, "api"), "slab"), "api is not slab");
		EXPECT(!strcmp(table_cell(&t, row, "zone"), "normal"), "zone is not normal");
		EXPECT_EQ(table_number(&t, row, "pid"), getpid());
		EXPECT_EQ(strncmp(table_cell(&t, row, "site"), SITE "+", sizeof(SITE)), 0);
	}
	table_free(&t);
}

static void slabinfo_agrees(size_t size)
{
	size_t class = class_of(size);
	long long held = kdal_zone("normal", class, "live") +
			 kdal_zone("normal", class, "cached") +
			 kdal_zone("normal", class, "quarantined") +
			 kdal_zone("normal", class, "reserve");
	char name[32];

	snprintf(name, sizeof(name), "kdal-normal-%zu", class);
	EXPECT_GE(slabinfo(name, SLAB_ACTIVE), held);
	EXPECT_LE(slabinfo(name, SLAB_ACTIVE), slabinfo(name, SLAB_NUM));
	EXPECT_EQ(slabinfo(name, SLAB_SIZE), kdal_zone("normal", class, "slot"));
	EXPECT_GE(slabinfo(name, SLAB_SIZE), (long long)class);
}

static void one_size(size_t size)
{
	long long allocs = kdal_stat("total_allocs"), frees = kdal_stat("total_frees");
	long long total = kdal_site(SITE, "total");

	target_do("kmalloc n=%d size=%zu", N, size);
	stats_agree(N, size);
	zones_agree(N, size);
	sites_agree(N, size);
	objects_agree(N, size);
	slabinfo_agrees(size);
	EXPECT_EQ(kdal_stat("total_allocs") - allocs, N);
	EXPECT_EQ(kdal_site(SITE, "total") - total, N);
	target_do("kfree n=%d", N);
	stats_agree(0, size);
	zones_agree(0, size);
	EXPECT_EQ(kdal_site(SITE, "live"), 0);
	EXPECT_EQ(kdal_objects(SITE), 0);
	EXPECT_EQ(kdal_stat("total_frees") - frees, N);
	slabinfo_agrees(size);
}

static void every_size(const void *arg)
{
	size_t i;

	(void)arg;
	kdal_rule("module kdal_target");
	for (i = 0; i < ARRAY_LEN(sizes) && !kt_failed(); i++) {
		one_size(sizes[i]);
		if (kt_failed())
			kt_info("with objects of %zu bytes", sizes[i]);
	}
}

static void all_comes_back(const void *arg)
{
	size_t i;

	(void)arg;
	kdal_rule("module kdal_target");
	for (i = 0; i < ARRAY_LEN(sizes); i++)
		target_do("kmalloc slot=%zu n=10 size=%zu", 10 * i, sizes[i]);
	EXPECT(slabinfo_has_prefix("kdal-"), "no kdal- cache in slabinfo");
	EXPECT_GT(kdal_stat("memory_bytes"), kdal_stat("live_bytes"));
	target_do("kfree n=%zu", 10 * ARRAY_LEN(sizes));
	REQUIRE(kdal_off(), "not off after clear");
	EXPECT(!slabinfo_has_prefix("kdal-"), "a kdal- cache remains in slabinfo");
	EXPECT_EQ(kdal_stat("cached_objects"), 0);
	EXPECT_EQ(kdal_stat("quarantined_objects"), 0);
	EXPECT_EQ(kdal_stat("quarantined_bytes"), 0);
	EXPECT_EQ(kdal_stat("reserve_objects"), 0);
}

/* Many sites and sizes at once: the sums are the same in all four files. */
static void sums_agree(const void *arg)
{
	static const char *const how[] = { "kmalloc", "kzalloc", "kmemdup", "kcalloc" };
	struct table t;
	long long sites_live = 0, sites_bytes = 0, objects_bytes = 0;
	size_t i, row;

	(void)arg;
	kdal_rule("module kdal_target");
	for (i = 0; i < 4 * ARRAY_LEN(sizes); i++)
		target_do("%s slot=%zu n=5 size=%zu", how[i % 4], 5 * i, sizes[i / 4]);
	t = table_read("sites");
	for (row = 0; row < t.rows; row++) {
		sites_live += table_number(&t, row, "live");
		sites_bytes += table_number(&t, row, "bytes");
	}
	table_free(&t);
	t = table_read("objects");
	for (row = 0; row < t.rows; row++)
		objects_bytes += table_number(&t, row, "size");
	EXPECT_EQ(kdal_stat("live_objects"), 20 * (long long)ARRAY_LEN(sizes));
	EXPECT_EQ(kdal_stat("live_objects"), sites_live);
	EXPECT_EQ(kdal_stat("live_objects"), (long long)t.rows);
	EXPECT_EQ(kdal_stat("live_objects"), kdal_zone(NULL, 0, "live"));
	EXPECT_EQ(kdal_stat("live_bytes"), sites_bytes);
	EXPECT_EQ(kdal_stat("live_bytes"), objects_bytes);
	table_free(&t);
}

static void largest_site_first(const void *arg)
{
	struct table t;

	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc slot=0 n=2 size=64");
	target_do("kzalloc slot=10 n=2 size=4096");
	target_do("kmemdup slot=20 n=2 size=512");
	t = table_read("sites");
	REQUIRE_EQ(t.rows, 3);
	EXPECT_EQ(table_find(&t, 0, "site", "kdal_target_kzalloc+"), 0);
	EXPECT_EQ(table_find(&t, 0, "site", "kdal_target_kmemdup+"), 1);
	EXPECT_EQ(table_find(&t, 0, "site", "kdal_target_kmalloc+"), 2);
	EXPECT(!strcmp(table_cell(&t, 0, "module"), "kdal_target"), "module is %s",
	       table_cell(&t, 0, "module"));
	table_free(&t);
}

/* krealloc() and free move bytes between the counters, never lose any. */
static void krealloc_counts(const void *arg)
{
	static const size_t steps[] = { 10, 20, 64, 65, 3000, 100, 8192, 1 };
	size_t i;

	(void)arg;
	kdal_rule("module kdal_target");
	target_do("krealloc size=5");
	for (i = 0; i < ARRAY_LEN(steps); i++) {
		target_do("krealloc size=%zu", steps[i]);
		stats_agree(1, steps[i]);
		EXPECT_EQ(kdal_zone(NULL, 0, "live"), 1);
	}
	target_do("kfree");
	stats_agree(0, 0);
}

static const struct kt_case cases[] = {
	{ "every size", every_size, NULL },
	{ "all comes back", all_comes_back, NULL },
	{ "sums agree", sums_agree, NULL },
	{ "largest site first", largest_site_first, NULL },
	{ "krealloc", krealloc_counts, NULL },
};

KT_MAIN(KT_KDAL | KT_TARGET)
