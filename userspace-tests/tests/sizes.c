// SPDX-License-Identifier: GPL-2.0
/* Every size from 1 to 8192: usable to the byte, aligned as kmalloc aligns. */
#include "kdal.h"
#include "kt.h"

#define MAX_SIZE 8192
#define MIN_ALIGN 8

static bool power_of_two(size_t n)
{
	return !(n & (n - 1));
}

static void all_bytes_usable(size_t size)
{
	target_do("poke len=%zu byte=0x5e", size);
	target_do("check len=%zu byte=0x5e", size);
	EXPECT_EQ(target_value("bad"), 0);
}

static void every_size(const void *arg)
{
	size_t size;

	(void)arg;
	kdal_rule("module kdal_target");
	for (size = 1; size <= MAX_SIZE && !kt_failed(); size++) {
		target_do("kmalloc size=%zu", size);
		target_do("ksize");
		EXPECT_EQ(target_value("ksize"), (long long)size);
		target_do("phys size=%zu", size);
		EXPECT_GE(target_value("align"), MIN_ALIGN);
		if (power_of_two(size))
			EXPECT_GE(target_value("align"), (long long)size);
		all_bytes_usable(size);
		target_do("kfree");
		if (kt_failed())
			kt_info("with %zu bytes", size);
	}
	EXPECT_EQ(kdal_site("kdal_target_kmalloc", "total"), MAX_SIZE);
}

static void powers_of_two(const void *arg)
{
	size_t size;

	(void)arg;
	kdal_rule("module kdal_target");
	for (size = 1; size <= MAX_SIZE; size *= 2) {
		target_do("kmalloc n=64 size=%zu", size);
		target_do("phys n=64 size=%zu", size);
		EXPECT_GE(target_value("align"), (long long)size);
		EXPECT_EQ(kdal_stat("live_objects"), 64);
		target_do("kfree n=64");
	}
}

static void zeroed(const void *arg)
{
	const char *how = arg;
	size_t size;

	kdal_rule("module kdal_target");
	for (size = 1; size <= MAX_SIZE; size += 1 + size / 3) {
		target_do("%s n=8 size=%zu gfp=kernel|zero", how, size);
		target_do("check n=8 len=%zu byte=0", size);
		EXPECT_EQ(target_value("bad"), 0);
		/* what comes back must be zeroed again */
		target_do("poke n=8 len=%zu", size);
		target_do("kfree n=8");
	}
}

/* Without a zero flag the contents are not zero: they show what reads them. */
static void filled_when_not_zeroed(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc size=1024");
	target_do("check len=1024 byte=0");
	EXPECT_EQ(target_value("bad"), 1024);
}

static void cache_alignment(const void *arg)
{
	static const size_t aligns[] = { 8, 16, 32, 64, 128, 256, 512, 1024, 4096 };
	size_t i;

	(void)arg;
	kdal_rule("module kdal_target");
	for (i = 0; i < ARRAY_LEN(aligns); i++) {
		target_do("cache_create size=40 align=%zu", aligns[i]);
		target_do("cache_alloc n=16");
		target_do("phys n=16 size=40");
		EXPECT_GE(target_value("align"), (long long)aligns[i]);
		target_do("cache_free n=16");
		target_do("cache_destroy");
	}
	EXPECT_EQ(kdal_site("kdal_target_cache_alloc", "total") + kdal_stat("unchecked_align"),
		  16 * (long long)ARRAY_LEN(aligns));
}

static void hwcache_alignment(const void *arg)
{
	(void)arg;
	target_do("cache_create size=72 flags=hwcache");
	kdal_rule("module kdal_target");
	target_do("cache_alloc n=16");
	target_do("phys n=16 size=72");
	EXPECT_GE(target_value("align"), 64);
	EXPECT_EQ(kdal_stat("live_objects") + kdal_stat("unchecked_align"), 16);
	target_do("cache_free n=16");
}

static void krealloc_keeps_contents(const void *arg)
{
	size_t from, to, kept;

	(void)arg;
	kdal_rule("module kdal_target");
	for (from = 1; from <= MAX_SIZE; from = from * 3 + 1) {
		for (to = 1; to <= MAX_SIZE; to = to * 2 + 5) {
			kept = from < to ? from : to;
			target_do("kmalloc size=%zu", from);
			target_do("poke len=%zu byte=0x77", from);
			target_do("krealloc size=%zu", to);
			target_do("check len=%zu byte=0x77", kept);
			EXPECT_EQ(target_value("bad"), 0);
			target_do("ksize");
			EXPECT_EQ(target_value("ksize"), (long long)to);
			all_bytes_usable(to);
			target_do("kfree");
		}
	}
}

static const struct kt_case cases[] = {
	{ "every size", every_size, NULL },
	{ "powers of two are aligned", powers_of_two, NULL },
	{ "kzalloc", zeroed, "kzalloc" },
	{ "kcalloc", zeroed, "kcalloc" },
	{ "__GFP_ZERO", zeroed, "kmalloc" },
	{ "not zeroed", filled_when_not_zeroed, NULL },
	{ "alignment of a kmem_cache", cache_alignment, NULL },
	{ "SLAB_HWCACHE_ALIGN", hwcache_alignment, NULL },
	{ "krealloc", krealloc_keeps_contents, NULL },
};

KT_MAIN(KT_KDAL | KT_TARGET)
