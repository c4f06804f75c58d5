// SPDX-License-Identifier: GPL-2.0
/* Correct programs are silent, and all their objects were KDAL's. */
#include <stdio.h>
#include <string.h>

#include "kdal.h"
#include "kt.h"

#define MAX_STEPS 10

struct program {
	const char *steps[MAX_STEPS];
	unsigned int objects;	/* handed out by KDAL in the end; 0: some */
};

static const struct program plain = {
	{ "kmalloc n=100 size=100", "poke n=100 len=100", "kfree n=100" }, 100,
};

static const struct program full_object = {
	{ "kmalloc n=100 size=8192", "poke n=100 len=8192", "kfree n=100" }, 100,
};

static const struct program sensitive = {
	{ "kmalloc n=100 size=77", "poke n=100 len=77", "kfree_sensitive n=100" }, 100,
};

static const struct program rcu = {
	{ "kmalloc n=100 size=77", "kfree_rcu n=100", "rcu_barrier" }, 100,
};

static const struct program kvfree = {
	{ "kmalloc n=10 size=77", "kvfree n=10" }, 10,
};

static const struct program kfree_bulk = {
	{ "kmalloc n=100 size=77", "kzalloc slot=100 n=100 size=300", "kfree_bulk n=200" }, 200,
};

static const struct program krealloc = {
	{ "krealloc size=10", "poke len=10", "krealloc size=64", "poke len=64", "krealloc size=65",
	  "poke len=65", "krealloc size=3", "poke len=3", "kfree" }, 0,
};

static const struct program helpers = {
	{ "kasprintf slot=0 n=5 size=30", "kstrdup slot=5 n=5 size=30",
	  "kmemdup slot=10 n=5 size=30", "kobject_name slot=15 n=5 size=30",
	  "kfree n=20" }, 20,
};

static const struct program devm = {
	{ "devm_kmalloc n=20 size=30", "poke n=20 len=30", "devm_kfree n=10" }, 0,
};

static const struct program cache = {
	{ "cache_create size=200", "cache_alloc n=100", "poke n=100 len=200", "cache_free n=100",
	  "cache_destroy" }, 100,
};

static const struct program cache_kfree = {
	{ "cache_create size=200", "cache_alloc n=100", "kfree n=100", "cache_destroy" }, 100,
};

static const struct program cache_bulk = {
	{ "cache_create size=200", "bulk_alloc n=100", "poke n=100 len=200", "bulk_free n=100",
	  "cache_destroy" }, 100,
};

static const struct program cache_kfree_rcu = {
	{ "cache_create size=200", "cache_alloc n=100", "kfree_rcu n=100", "rcu_barrier",
	  "cache_destroy" }, 100,
};

static const struct program hwcache = {
	{ "cache_create size=100 flags=hwcache", "cache_alloc n=50", "poke n=50 len=100",
	  "cache_free n=50", "cache_destroy" }, 50,
};

static const struct program accounted = {
	{ "cache_create size=100 flags=account", "kmalloc n=50 size=100 gfp=kernel|account",
	  "cache_alloc slot=50 n=50", "cache_free slot=50 n=50", "kfree n=50", "cache_destroy" },
	100,
};

/* Objects of many caches at once go back to KDAL through one array. */
static const struct program two_caches = {
	{ "cache_create cache=0 size=64", "cache_create cache=1 size=64",
	  "cache_alloc cache=0 slot=0 n=20", "cache_alloc cache=1 slot=20 n=20",
	  "cache_free cache=1 slot=20 n=20", "cache_free cache=0 slot=0 n=20",
	  "cache_destroy cache=0", "cache_destroy cache=1" }, 40,
};

static const struct program churn = { { "churn n=20000 seed=7" }, 0 };

static bool creates_cache(const char *step)
{
	return step && !strncmp(step, "cache_create", 12);
}

static void run(const void *arg)
{
	const struct program *prog = arg;
	long long allocs = kdal_stat("total_allocs"), unchecked = kdal_unchecked();
	size_t i;

	/* caches first, whose names are kdal_target's objects as well */
	for (i = 0; i < MAX_STEPS && creates_cache(prog->steps[i]); i++)
		target_do("%s", prog->steps[i]);
	kdal_rule("module kdal_target");
	for (; i < MAX_STEPS && prog->steps[i]; i++)
		target_do("%s", prog->steps[i]);
	if (prog->objects)
		EXPECT_EQ(kdal_stat("total_allocs") - allocs, prog->objects);
	else
		EXPECT_GT(kdal_stat("total_allocs"), allocs);
	EXPECT_EQ(kdal_verify(), 0);
	target_do("reset");
	EXPECT_EQ(kdal_stat("live_objects"), 0);
	EXPECT_EQ(kdal_unchecked(), unchecked);
}

/* The contents a constructor made are there again each time. */
static void constructor(const void *arg)
{
	int round;

	(void)arg;
	kdal_rule("module kdal_target");
	target_do("cache_create size=120 ctor=1");
	for (round = 0; round < 3; round++) {
		target_do("cache_alloc n=50");
		target_do("check n=50 len=120 byte=0xc7");
		EXPECT_EQ(target_value("bad"), 0);
		target_do("cache_free n=50");
	}
	EXPECT_EQ(kdal_verify(), 0);
}

/* Refused, and counted: readers may look at these after they are freed. */
static void typesafe_by_rcu(const void *arg)
{
	long long before;

	(void)arg;
	target_do("cache_create size=120 flags=rcu");
	kdal_rule("module kdal_target");
	before = kdal_stat("unchecked_typesafe");
	target_do("cache_alloc n=10");
	EXPECT_EQ(kdal_stat("live_objects"), 0);
	EXPECT_EQ(kdal_stat("unchecked_typesafe") - before, 10);
	target_do("cache_free n=10");
}

/* Objects from before the rule, and those from under it after it is gone. */
static void across_a_rule(const void *arg)
{
	(void)arg;
	target_do("kmalloc slot=0 n=50 size=100");
	kdal_rule("module kdal_target");
	target_do("kmalloc slot=50 n=50 size=100");
	EXPECT_EQ(kdal_stat("live_objects"), 50);
	target_do("kfree slot=0 n=25");
	target_do("kfree slot=50 n=25");
	EXPECT_EQ(kdal_stat("live_objects"), 25);
	kdal_rule("module kdal_target =_");
	target_do("krealloc slot=75 size=3000");
	target_do("kfree slot=25 n=25");
	target_do("kfree slot=75 n=25");
	EXPECT(WAIT_FOR(kdal_state_is("off"), 5000), "not off");
}

/* krealloc across the border, in both directions. */
static void krealloc_across_a_rule(const void *arg)
{
	(void)arg;
	target_do("kmalloc size=100");
	target_do("poke len=100 byte=0x33");
	kdal_rule("module kdal_target");
	target_do("krealloc size=300");
	target_do("check len=100 byte=0x33");
	EXPECT_EQ(target_value("bad"), 0);
	EXPECT_EQ(kdal_stat("live_objects"), 1);
	kdal_rule("module kdal_target =_");
	target_do("krealloc size=2000");
	target_do("check len=100 byte=0x33");
	EXPECT_EQ(target_value("bad"), 0);
	target_do("kfree");
}

static const char *const flag_sets[] = {
	"F", "Z", "P", "U", "Q", "L", "M", "C", "FZ", "ZP", "FQ", "PQ", "FZPU", "FZPUQLMC",
};

static void every_set_of_flags(const void *arg)
{
	size_t i;

	(void)arg;
	for (i = 0; i < ARRAY_LEN(flag_sets); i++) {
		kdal_rule("clear; module kdal_target =%s", flag_sets[i]);
		target_do("kmalloc n=20 size=100");
		target_do("poke n=20 len=100");
		target_do("kfree n=20");
		target_do("churn n=500 seed=%zu", i);
		EXPECT_EQ(kdal_verify(), 0);
		EXPECT(kdal_stat("live_objects") == 0, "objects left with =%s", flag_sets[i]);
	}
}

static const struct kt_case cases[] = {
	{ "kmalloc", run, &plain },
	{ "objects used to the last byte", run, &full_object },
	{ "kfree_sensitive", run, &sensitive },
	{ "kfree_rcu", run, &rcu },
	{ "kvfree", run, &kvfree },
	{ "kfree_bulk", run, &kfree_bulk },
	{ "krealloc", run, &krealloc },
	{ "helpers", run, &helpers },
	{ "devm", run, &devm },
	{ "kmem_cache", run, &cache },
	{ "kmem_cache and kfree", run, &cache_kfree },
	{ "kmem_cache and kfree_rcu", run, &cache_kfree_rcu },
	{ "kmem_cache bulk", run, &cache_bulk },
	{ "SLAB_HWCACHE_ALIGN", run, &hwcache },
	{ "SLAB_ACCOUNT", run, &accounted },
	{ "two caches", run, &two_caches },
	{ "constructor", constructor, NULL },
	{ "SLAB_TYPESAFE_BY_RCU", typesafe_by_rcu, NULL },
	{ "objects older than the rule", across_a_rule, NULL },
	{ "krealloc across a rule", krealloc_across_a_rule, NULL },
	{ "every set of flags", every_set_of_flags, NULL },
	{ "20000 random objects", run, &churn },
};

KT_MAIN(KT_KDAL | KT_TARGET)
