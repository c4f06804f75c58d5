// SPDX-License-Identifier: GPL-2.0
/*
 * The instruments themselves, with KDAL off: what kdal_target is told to do it
 * does, and what it says is so. If this fails, no other result means much.
 */
#include <errno.h>
#include <string.h>

#include "kdal.h"
#include "kt.h"

static void commands_are_checked(const void *arg)
{
	(void)arg;
	EXPECT_EQ(target("nothing"), -ENOENT);
	EXPECT_EQ(target("kmalloc size"), -EINVAL);
	EXPECT_EQ(target("kmalloc size=x"), -EINVAL);
	EXPECT_EQ(target("kmalloc gfp=kernel|nothing"), -EINVAL);
	EXPECT_EQ(target("kmalloc nothing=1"), -EINVAL);
	EXPECT_EQ(target("kmalloc slot=-1"), -ERANGE);
	EXPECT_EQ(target("kmalloc slot=8000 n=1000"), -ERANGE);
}

static const char *const ways[] = {
	"kmalloc", "kmalloc_const", "kzalloc", "kcalloc", "kmalloc_node", "krealloc", "kmemdup",
	"kstrdup", "kasprintf", "kobject_name", "devm_kmalloc", "cache_alloc", "cache_zalloc",
	"bulk_alloc",
};

static void every_way_gives_memory(const void *arg)
{
	size_t i;

	(void)arg;
	for (i = 0; i < ARRAY_LEN(ways); i++) {
		target_do("cache_create size=50");
		target_do("%s n=10 size=50", ways[i]);
		target_do("poke n=10 len=50 byte=0x55");
		target_do("check n=10 len=50 byte=0x55");
		EXPECT(target_value("bad") == 0, "%s", ways[i]);
		target_do("check n=10 len=50 byte=0x54");
		EXPECT(target_value("bad") == 500, "%s", ways[i]);
		target_do("reset");
	}
}

static void helpers_copy_text(const void *arg)
{
	(void)arg;
	target_do("kasprintf slot=0 size=50");
	target_do("kstrdup slot=1 size=50");
	target_do("kobject_name slot=2 size=50");
	target_do("check n=3 len=49 byte=%d", 'x');
	EXPECT_EQ(target_value("bad"), 0);
	target_do("check n=3 off=49 len=1 byte=0");
	EXPECT_EQ(target_value("bad"), 0);
}

static void every_context_runs(const void *arg)
{
	static const char *const ctxs[] = { "task", "irqsoff", "softirq", "hardirq" };
	size_t i;

	(void)arg;
	for (i = 0; i < ARRAY_LEN(ctxs); i++) {
		target_do("kzalloc n=3 size=50 gfp=atomic ctx=%s", ctxs[i]);
		EXPECT_EQ(target_value("got"), 3);
		target_do("check n=3 len=50 byte=0 ctx=%s", ctxs[i]);
		EXPECT_EQ(target_value("bad"), 0);
		target_do("kfree n=3 ctx=%s", ctxs[i]);
	}
}

static void copies(const void *arg)
{
	char buf[40];

	(void)arg;
	target_do("kzalloc size=40");
	memset(buf, 0x21, sizeof(buf));
	EXPECT_EQ(target_copy(false, 0, 0, buf, 40), 0);
	target_do("check len=40 byte=0x21");
	EXPECT_EQ(target_value("bad"), 0);
	target_do("poke off=10 len=1 byte=0x22");
	EXPECT_EQ(target_copy(true, 0, 10, buf, 1), 0);
	EXPECT_EQ(buf[0], 0x22);
}

static void addresses(const void *arg)
{
	(void)arg;
	target_do("kmalloc n=2 size=1024");
	target_do("phys n=2 size=1024");
	EXPECT_GT(target_value("hi"), target_value("lo"));
	EXPECT_GE(target_value("align"), 1024);
	target_do("same slot=0 off=1");
	EXPECT_EQ(target_value("same"), 0);
	target_do("ksize");
	EXPECT_EQ(target_value("ksize"), 1024);
}

static void frees(const void *arg)
{
	(void)arg;
	target_do("cache_create size=64");
	target_do("kmalloc slot=0 n=30 size=100");
	target_do("kfree slot=0 n=5");
	target_do("kfree_sensitive slot=5 n=5");
	target_do("kfree_rcu slot=10 n=5");
	target_do("kvfree slot=15 n=5");
	target_do("kfree_bulk slot=20 n=10");
	target_do("cache_alloc slot=0 n=20");
	target_do("cache_free slot=0 n=10");
	target_do("bulk_free slot=10 n=10");
	target_do("cache_destroy");
}

static void constructor_runs(const void *arg)
{
	(void)arg;
	target_do("cache_create size=64 ctor=1");
	target_do("cache_alloc n=5");
	target_do("check n=5 len=64 byte=0xc7");
	EXPECT_EQ(target_value("bad"), 0);
	target_do("cache_free n=5");
}

static void neighbour_works(const void *arg)
{
	(void)arg;
	EXPECT_EQ(neighbour("nothing"), -EINVAL);
	EXPECT_EQ(neighbour("hold 100 64"), 0);
	EXPECT_EQ(neighbour("check"), 0);
	EXPECT_EQ(neighbour("churn 1000 5"), 0);
	EXPECT_EQ(neighbour("dump"), 0);
	EXPECT(kmsg_has("slab kmalloc-"), "no cache in the kernel log");
	EXPECT_EQ(neighbour("hold 0 0"), 0);
	EXPECT_EQ(target("churn n=1000 seed=5"), 0);
}

static const struct kt_case cases[] = {
	{ "commands are checked", commands_are_checked, NULL },
	{ "every way to allocate", every_way_gives_memory, NULL },
	{ "helpers copy text", helpers_copy_text, NULL },
	{ "every context", every_context_runs, NULL },
	{ "copies", copies, NULL },
	{ "addresses", addresses, NULL },
	{ "frees", frees, NULL },
	{ "constructor", constructor_runs, NULL },
	{ "neighbour", neighbour_works, NULL },
};

KT_MAIN(KT_KDAL | KT_TARGET | KT_NEIGHBOUR)
