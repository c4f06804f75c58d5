// SPDX-License-Identifier: GPL-2.0
/*
 * Mempools: right use is silent, each wrong one gives its report, and the file
 * "pools" says what became of the reserve.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kdal.h"
#include "kt.h"

#define FAILSLAB DEBUGFS "/failslab/"
#define CREATOR "kdal_target_pool_create"

/* Where elements come from, as kdal_target counts them. */
struct backing {
	int nr;
	const char *name;
	size_t size;
};

static const struct backing kmalloc = { 0, "kmalloc", 100 };
static const struct backing slab = { 1, "slab", 200 };
static const struct backing pages = { 2, "pages", 16384 };
static const struct backing kvmalloc = { 3, "kvmalloc", 40000 };
static const struct backing custom = { 4, "custom", 100 };

/* Skip the case if the kernel looks for the same by itself. */
static void unless_kernel_has(const char *function, const char *what)
{
	if (kernel_has(function))
		kt_skip("%s warns as well", what);
}

/* KASAN looks after elements at rest that are no objects of KDAL's. */
static void unless_kasan(void)
{
	unless_kernel_has("kasan_report", "KASAN");
}

static void create(const struct backing *b, int pool, int n)
{
	if (!strcmp(b->name, "slab") && !pool)
		target_do("cache_create size=%zu", b->size);
	target_do("pool_create pool=%d backing=%d size=%zu n=%d", pool, b->nr, b->size, n);
}

/* A number in the only line of "pools". */
static long long pool_number(const char *col)
{
	struct table t = table_read("pools");
	long long n = t.rows == 1 ? table_number(&t, 0, col) : -1;

	table_free(&t);
	return n;
}

static long pool_rows(void)
{
	struct table t = table_read("pools");
	long n = t.rows;

	table_free(&t);
	return n;
}

static void right_use(const void *arg)
{
	long long unchecked = kdal_unchecked();
	const struct backing *b = arg;
	struct table t;

	kdal_rule("module kdal_target");
	create(b, 0, 4);
	t = table_read("pools");
	REQUIRE_EQ(t.rows, 1);
	EXPECT(!strcmp(table_cell(&t, 0, "backing"), b->name), "backing %s",
	       table_cell(&t, 0, "backing"));
	EXPECT_EQ(table_number(&t, 0, "size"), b == &custom ? 0 : (long long)b->size);
	EXPECT(!strncmp(table_cell(&t, 0, "creator"), CREATOR "+", strlen(CREATOR "+")),
	       "creator %s", table_cell(&t, 0, "creator"));
	table_free(&t);
	target_do("pool_alloc n=10 gfp=noio");
	target_do("poke n=10 len=%zu", b->size);
	target_do("pool_reserve slot=10 n=4");
	target_do("poke slot=10 n=4 len=%zu", b->size);
	EXPECT_EQ(pool_number("outstanding"), 14);
	EXPECT_EQ(pool_number("current"), 0);
	target_do("pool_free n=14");
	EXPECT_EQ(pool_number("current"), 4);
	EXPECT_EQ(pool_number("lowest"), 0);
	EXPECT_EQ(pool_number("dips"), 4);
	EXPECT_EQ(pool_number("outstanding"), 0);
	target_do("pool_resize n=20");
	EXPECT_EQ(pool_number("min"), 20);
	EXPECT_EQ(pool_number("lowest"), 20);
	target_do("pool_reserve n=15");
	target_do("pool_resize n=2");
	target_do("pool_free n=15");
	EXPECT_EQ(pool_number("current"), 2);
	EXPECT_EQ(pool_number("waits"), 0);
	EXPECT_EQ(kdal_verify(), 0);
	target_do("pool_destroy");
	EXPECT_EQ(pool_rows(), 0);
	if (b == &slab)
		target_do("cache_destroy");
	EXPECT_EQ(kdal_unchecked(), unchecked);
}

static void right_use_in(const void *arg)
{
	const char *ctx = arg;

	kdal_rule("module kdal_target");
	create(&kmalloc, 0, 4);
	target_do("pool_reserve n=4 ctx=%s", ctx);
	target_do("pool_alloc slot=4 n=20 gfp=atomic ctx=%s", ctx);
	target_do("pool_free n=24 ctx=%s", ctx);
	target_do("pool_destroy");
}

/* Every pool that is made anywhere is watched. */
static void right_use_all(const void *arg)
{
	static const struct backing *const all[] = { &kmalloc, &slab, &pages, &kvmalloc, &custom };
	size_t i;

	(void)arg;
	kdal_rule("api mempool; module kdal_target");
	for (i = 0; i < ARRAY_LEN(all); i++) {
		create(all[i], 0, 4);
		EXPECT(pool_rows() >= 1, "%s: no pool is watched", all[i]->name);
		target_do("pool_alloc n=10 gfp=noio");
		target_do("poke n=10 len=%zu", all[i]->size);
		target_do("pool_reserve slot=10 n=4");
		target_do("pool_resize n=9");
		target_do("pool_free n=14");
		EXPECT_EQ(kdal_verify(), 0);
		target_do("pool_resize n=1");
		target_do("pool_destroy");
	}
	target_do("cache_destroy");
}

/* Shrunk, grown, and used at each size, with elements out meanwhile. */
static void resized(const void *arg)
{
	int from, to, out;

	kdal_rule("module kdal_target");
	create(arg, 0, 1);
	for (from = 1; from <= 5; from += 2)
		for (to = 1; to <= 6; to++)
			for (out = 0; out <= from; out++) {
				target_do("pool_resize n=%d", from);
				if (out)
					target_do("pool_reserve n=%d", out);
				target_do("pool_resize n=%d", to);
				if (out)
					target_do("pool_free n=%d", out);
				EXPECT_EQ(pool_number("current"), to);
			}
	EXPECT_EQ(kdal_verify(), 0);
	target_do("pool_destroy");
	if (arg == &slab)
		target_do("cache_destroy");
}

/* What the exit function destroys is not left behind. */
static void unload_clean(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	create(&kmalloc, 0, 4);
	create(&custom, 1, 4);
	create(&pages, 2, 4);
	EXPECT_EQ(pool_rows(), 3);
	EXPECT_EQ(module_unload("kdal_target"), 0);
	EXPECT_EQ(kdal_stat("pools"), 0);
	EXPECT_EQ(module_load("kdal_target", ""), 0);
}

static void dips(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	create(&custom, 0, 8);
	target_do("pool_alloc n=3 gfp=nowait");
	EXPECT_EQ(pool_number("dips"), 0);
	target_do("pool_free n=3");
	target_do("pool_empty n=1");
	target_do("pool_alloc n=5 gfp=nowait");
	target_do("pool_free n=4");
	target_do("pool_alloc n=2 gfp=nowait");
	EXPECT_EQ(pool_number("dips"), 7);
	EXPECT_EQ(pool_number("lowest"), 3);
	EXPECT_EQ(pool_number("current"), 5);
	EXPECT_EQ(pool_number("outstanding"), 3);
	target_do("pool_free n=2");
	target_do("pool_free slot=4");
	EXPECT_EQ(pool_number("current"), 8);
	target_do("pool_destroy");
}

/* The allocator is told to fail: the reserve serves the request. */
static void injected(const void *arg)
{
	kdal_need_faults();
	kdal_rule("module kdal_target api mempool =FZPULA");
	create(arg, 0, 3);
	kdal_fail_nth(2);
	target_do("pool_alloc n=3 gfp=noio");
	EXPECT(kdal_fail_hit(), "no request is hit");
	EXPECT_EQ(pool_number("dips"), 1);
	EXPECT_EQ(pool_number("current"), 2);
	target_do("pool_reserve slot=3 n=2");
	kdal_fail_nth(1);
	EXPECT_EQ(target("pool_alloc slot=5 gfp=atomic"), -ENOMEM);
	kdal_fail_nth(1);
	target_do("pool_alloc slot=5 gfp=noio");
	EXPECT_EQ(pool_number("waits"), 0);
	kdal_fail_nth(0);
	target_do("pool_free n=6");
	EXPECT_EQ(pool_number("current"), 3);
	target_do("pool_destroy");
}

#define UAF "BUG: KDAL: mempool-use-after-free write"

static void rest_one(const struct backing *b)
{
	create(b, 0, 3);
	target_do("pool_reserve");
	target_do("pool_free");
}

static void uaf_leaving(const void *arg)
{
	if (arg == &pages || arg == &kvmalloc)
		unless_kasan();
	kdal_rule("module kdal_target");
	rest_one(arg);
	target_do("poke off=24 len=4");
	target_do("pool_reserve");
	EXPECT_REPORT(UAF, "kdal_target_pool_reserve",
		      { "4 bytes changed in the freed object, first at offset 24\n",
			"api mempool, backing ", "of the mempool made in " CREATOR "+" },
		      .alloc = "kdal_target_pool_reserve", .freed = "kdal_target_pool_free",
		      .detected = "kdal_target_pool_reserve");
	target_do("pool_free");
	target_do("pool_destroy");
}

static void uaf_verify(const void *arg)
{
	if (arg == &pages || arg == &kvmalloc)
		unless_kasan();
	kdal_rule("module kdal_target");
	rest_one(arg);
	target_do("poke off=99");
	EXPECT_EQ(kdal_verify(), 1);
	EXPECT_REPORT(UAF, "kdal_target_pool_reserve", { "first at offset 99\n" },
		      .freed = "kdal_target_pool_free");
	EXPECT_EQ(kdal_verify(), 0);
	target_do("pool_destroy");
}

static void uaf_destroy(const void *arg)
{
	unless_kasan();
	kdal_rule("module kdal_target api mempool");
	rest_one(arg);
	target_do("poke off=0");
	target_do("pool_destroy");
	EXPECT_REPORT(UAF, "kdal_target_pool_reserve", { "first at offset 0\n" },
		      .detected = "kdal_target_pool_destroy");
}

/* An element that only ever goes in and out of the reserve. */
static void overrun(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	create(&kmalloc, 0, 2);
	target_do("pool_reserve");
	target_do("poke off=100 len=2");
	target_do("pool_free");
	EXPECT_REPORT("BUG: KDAL: mempool-out-of-bounds write", "kdal_target_pool_reserve",
		      { "2 bytes changed right of the object, first at offset 100" },
		      .detected = "kdal_target_pool_free");
	target_do("pool_destroy");
}

static void double_free(const void *arg)
{
	kdal_rule("module kdal_target");
	create(arg, 0, 3);
	target_do("pool_reserve n=2");
	target_do("pool_free");
	target_do("pool_free");
	EXPECT_REPORT("BUG: KDAL: double-free", "kdal_target_pool_free",
		      { "the element rests in the reserve of the mempool\n" },
		      .alloc = "kdal_target_pool_reserve", .freed = "kdal_target_pool_free");
	EXPECT_EQ(pool_number("current"), 2);
	target_do("pool_free slot=1");
	target_do("pool_destroy");
}

/* The second time there would be room in the reserve for freed memory. */
static void double_free_late(const void *arg)
{
	kdal_rule("module kdal_target");
	create(arg, 0, 3);
	target_do("pool_alloc gfp=noio");
	target_do("pool_free");
	target_do("pool_reserve slot=1");
	target_do("pool_free slot=0");
	EXPECT_REPORT("BUG: KDAL: double-free", "kdal_target_pool_free",
		      .freed = "kdal_target_pool_free");
	EXPECT_EQ(pool_number("current"), 2);
	target_do("pool_free slot=1");
	target_do("pool_destroy");
}

static void wrong_pool(const void *arg)
{
	const struct backing *other = arg;

	kdal_rule("module kdal_target");
	create(&kmalloc, 0, 3);
	create(other, 1, 3);
	target_do("pool_reserve pool=0");
	/* As an element of the other kind its address would be another one. */
	target_do("pool_free pool=1");
	EXPECT_REPORT("BUG: KDAL: wrong-pool-free", "kdal_target_pool_free",
		      { "given back to the mempool made in " CREATOR "+" },
		      .alloc = "kdal_target_pool_reserve");
	target_do("pool_destroy pool=1");
	if (other != &kmalloc)
		target_do("pool_free pool=0");
	target_do("pool_destroy pool=0");
}

static void kfree_at_rest(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	rest_one(&kmalloc);
	target_do("kfree");
	EXPECT_REPORT("BUG: KDAL: mismatched-free", "kdal_target_kfree",
		      { "the element rests in the reserve of the mempool, and stays there\n" },
		      .freed = "kdal_target_pool_free");
	EXPECT_EQ(pool_number("current"), 3);
	target_do("pool_destroy");
}

static void kfree_of_element(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	create(&kmalloc, 0, 3);
	target_do("pool_reserve");
	target_do("kfree");
	EXPECT_REPORT("BUG: KDAL: mismatched-free", "kdal_target_kfree",
		      .alloc = "kdal_target_pool_reserve");
	EXPECT_EQ(pool_number("outstanding"), 0);
	target_do("pool_destroy");
}

static void destroy_too_early(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	create(&kmalloc, 0, 3);
	target_do("pool_alloc n=5 gfp=noio");
	target_do("pool_reserve slot=5 n=2");
	target_do("pool_free slot=4 n=3");
	target_do("pool_destroy");
	EXPECT_REPORT("WARNING: KDAL: leak at destroy", "kdal_target_pool_alloc",
		      { "4 elements outstanding when the mempool made in " CREATOR "+" },
		      .alloc = "kdal_target_pool_alloc");
	target_do("kfree n=4");
}

/*
 * A pool, and elements of it, that the exit function forgot; the pool is one
 * thing, also if a rule matches the memory that it consists of.
 */
static void left_at_unload(const void *arg)
{
	static const struct want want[] = {
		{ "WARNING: KDAL: leak at unload", "kdal_target_pool_alloc",
		  { "2 mempool elements, 200 bytes outstanding", "[kdal_target]" },
		  .alloc = "kdal_target_pool_alloc" },
		{ "WARNING: KDAL: leak at unload", CREATOR,
		  { "1 mempool, 300 bytes outstanding", "[kdal_target]" },
		  .alloc = CREATOR },
	};
	long long addr[2], pool;
	int i;

	kdal_rule("%s", (const char *)arg);
	create(&kmalloc, 0, 3);
	target_do("pool_alloc n=2 gfp=noio");
	for (i = 0; i < 2; i++) {
		target_do("addr slot=%d", i);
		addr[i] = target_value("addr");
	}
	target_do("pool_addr");
	pool = target_value("addr");
	target_do("pool_forget");
	EXPECT_EQ(module_unload("kdal_target"), 0);
	EXPECT_EQ(kdal_stat("pools"), 0);
	EXPECT_EQ(module_load("kdal_target", ""), 0);
	reports_expect(want, ARRAY_LEN(want));
	/* It is not watched any more, and may be used all the same. */
	target_do("pool_adopt addr=%lld", pool);
	for (i = 0; i < 2; i++) {
		target_do("adopt addr=%lld", addr[i]);
		target_do("pool_free");
	}
	target_do("pool_destroy");
}

static void copied(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	create(&kmalloc, 0, 3);
	target_do("pool_copy gfp=noio");
	target_do("pool_copy gfp=noio");
	EXPECT_REPORT("WARNING: KDAL: lint: copied-mempool", "kdal_target_pool_copy",
		      { "a copy of the one made in " CREATOR "+" });
	target_do("pool_destroy");
}

static void sleeping(const void *arg)
{
	(void)arg;
	unless_kernel_has("__might_sleep", "CONFIG_DEBUG_ATOMIC_SLEEP");
	kdal_rule("module kdal_target");
	create(&kmalloc, 0, 3);
	target_do("pool_alloc n=3 gfp=atomic ctx=irqsoff");
	target_do("pool_alloc slot=3 n=3 gfp=noio ctx=irqsoff");
	EXPECT_REPORT("WARNING: KDAL: lint: sleeping-in-atomic", "kdal_target_pool_alloc",
		      { "api mempool, ", "gfp GFP_NOIO", "interrupts off" });
	target_do("pool_free n=6");
	target_do("pool_destroy");
}

static void not_sleeping(const void *arg)
{
	(void)arg;
	unless_kernel_has("__might_sleep", "CONFIG_DEBUG_ATOMIC_SLEEP");
	kdal_rule("module kdal_target =FZPUQLM");
	create(&kmalloc, 0, 3);
	target_do("pool_alloc gfp=noio ctx=irqsoff");
	target_do("pool_copy gfp=noio");
	target_do("pool_free");
	target_do("pool_destroy");
}

/* The rule goes, the pool and its checks stay. */
static void outlives_rule(const void *arg)
{
	(void)arg;
	unless_kasan();
	kdal_rule("module kdal_target api mempool");
	rest_one(&kmalloc);
	kdal_rule("clear");
	EXPECT(kdal_state_is("draining"), "the state is not draining");
	EXPECT_EQ(pool_number("current"), 3);
	target_do("poke off=7");
	target_do("pool_reserve");
	EXPECT_REPORT(UAF, "kdal_target_pool_reserve", { "first at offset 7\n" });
	target_do("pool_free");
	target_do("pool_destroy");
}

static void failslab_for(const char *cache)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/failslab", cache);
	if (access(FAILSLAB "probability", W_OK) || access(path, W_OK))
		kt_skip("no failslab, or no %s", path);
	EXPECT_EQ(file_puts(path, "1"), 0);
	EXPECT_EQ(file_puts(FAILSLAB "ignore-gfp-wait", "0"), 0);
	EXPECT_EQ(file_puts(FAILSLAB "task-filter", "0"), 0);
	EXPECT_EQ(file_puts(FAILSLAB "cache-filter", "1"), 0);
	EXPECT_EQ(file_puts(FAILSLAB "verbose", "0"), 0);
	EXPECT_EQ(file_puts(FAILSLAB "times", "-1"), 0);
	EXPECT_EQ(file_puts(FAILSLAB "probability", "100"), 0);
}

static void failslab_off(void)
{
	EXPECT_EQ(file_puts(FAILSLAB "probability", "0"), 0);
	EXPECT_EQ(file_puts(FAILSLAB "task-filter", "1"), 0);
}

/* Without memory for the side structure the pool is as it is without KDAL. */
static void no_memory_for_pool(const void *arg)
{
	long long before;

	(void)arg;
	kdal_rule("module kdal_target");
	before = kdal_stat("unchecked_pools");
	failslab_for("kdal_pool");
	create(&kmalloc, 0, 3);
	failslab_off();
	EXPECT_EQ(kdal_stat("unchecked_pools"), before + 1);
	EXPECT_EQ(kdal_stat("pools"), 0);
	EXPECT_EQ(kdal_site(CREATOR, "failures"), 1);
	target_do("pool_reserve n=2");
	target_do("pool_free n=2");
	target_do("pool_destroy");
}

static void no_memory_for_elements(const void *arg)
{
	long long before;

	kdal_rule("module kdal_target");
	before = kdal_stat("unchecked_elements");
	failslab_for("kdal_elem");
	create(arg, 0, 3);
	target_do("pool_alloc n=4 gfp=noio");
	target_do("pool_reserve slot=4 n=2");
	failslab_off();
	EXPECT_EQ(kdal_stat("unchecked_elements"), before + 7);
	EXPECT_EQ(kdal_stat("pool_elements"), 0);
	target_do("pool_free n=3");
	target_do("pool_reserve slot=6");
	target_do("pool_free slot=3 n=4");
	target_do("pool_resize n=1");
	target_do("pool_destroy");
}

static const struct kt_case cases[] = {
	{ "right use, kmalloc", right_use, &kmalloc },
	{ "right use, slab", right_use, &slab },
	{ "right use, pages", right_use, &pages },
	{ "right use, kvmalloc", right_use, &kvmalloc },
	{ "right use, custom", right_use, &custom },
	{ "right use, pools of everybody", right_use_all, NULL },
	{ "right use, interrupts off", right_use_in, "irqsoff" },
	{ "right use, softirq", right_use_in, "softirq" },
	{ "resized, kmalloc", resized, &kmalloc },
	{ "resized, slab", resized, &slab },
	{ "resized, pages", resized, &pages },
	{ "resized, custom", resized, &custom },
	{ "unload with pools", unload_clean, NULL },
	{ "dips into the reserve", dips, NULL },
	{ "write at rest, found when it leaves, kmalloc", uaf_leaving, &kmalloc },
	{ "allocator fails on purpose, kmalloc", injected, &kmalloc },
	{ "allocator fails on purpose, pages", injected, &pages },
	{ "allocator fails on purpose, custom", injected, &custom },
	{ "write at rest, found when it leaves, pages", uaf_leaving, &pages },
	{ "write at rest, found when it leaves, kvmalloc", uaf_leaving, &kvmalloc },
	{ "write at rest, found by verify, kmalloc", uaf_verify, &kmalloc },
	{ "write at rest, found by verify, pages", uaf_verify, &pages },
	{ "write at rest, found by verify, kvmalloc", uaf_verify, &kvmalloc },
	{ "write at rest, found at destroy, kmalloc", uaf_destroy, &kmalloc },
	{ "write at rest, found at destroy, pages", uaf_destroy, &pages },
	{ "overrun", overrun, NULL },
	{ "double free, kmalloc", double_free, &kmalloc },
	{ "double free, pages", double_free, &pages },
	{ "double free, kvmalloc", double_free, &kvmalloc },
	{ "double free, custom", double_free, &custom },
	{ "late double free, kmalloc", double_free_late, &kmalloc },
	{ "late double free, custom", double_free_late, &custom },
	{ "wrong pool, same kind", wrong_pool, &kmalloc },
	{ "wrong pool, other kind", wrong_pool, &custom },
	{ "kfree at rest", kfree_at_rest, NULL },
	{ "kfree of an element", kfree_of_element, NULL },
	{ "destroyed too early", destroy_too_early, NULL },
	{ "left at unload", left_at_unload, "module kdal_target api mempool" },
	{ "left at unload, with its memory", left_at_unload, "module kdal_target" },
	{ "copied", copied, NULL },
	{ "sleeping where it may not", sleeping, NULL },
	{ "without C", not_sleeping, NULL },
	{ "outlives its rule", outlives_rule, NULL },
	{ "no memory to watch a pool", no_memory_for_pool, NULL },
	{ "no memory for elements, kmalloc", no_memory_for_elements, &kmalloc },
	{ "no memory for elements, custom", no_memory_for_elements, &custom },
};

KT_MAIN(KT_KDAL | KT_TARGET)
