// SPDX-License-Identifier: GPL-2.0
/* Each class of bug gives exactly its report, with the right names and offsets. */
#include <stdio.h>
#include <string.h>

#include "kdal.h"
#include "kt.h"

#define MAX_STEPS 8

/* What a module does, step by step, and the one report it must give. */
struct bug {
	const char *steps[MAX_STEPS];	/* commands, or "verify" */
	const char *expect_after;	/* the step that gives the report: a prefix */
	struct want want;
};

#define OOB "BUG: KDAL: slab-out-of-bounds write"
#define UAF "BUG: KDAL: slab-use-after-free write"

static const struct bug right_by_one = {
	{ "kmalloc size=64", "poke off=64", "kfree" }, "kfree",
	{ OOB, "kdal_target_kmalloc",
	  { "of size 64", "kdal-normal-64", "1 byte changed right of the object",
	    "first at offset 64", "(0 bytes past" },
	  .alloc = "kdal_target_kmalloc", .detected = "kdal_target_kfree", .not_freed = true },
};

static const struct bug right_in_slack = {
	{ "kmalloc size=50", "poke off=50", "kfree" }, "kfree",
	{ OOB, "kdal_target_kmalloc",
	  { "of size 50", "1 byte changed right of the object", "first at offset 50",
	    "(0 bytes past" },
	  .alloc = "kdal_target_kmalloc", .detected = "kdal_target_kfree" },
};

static const struct bug right_further = {
	{ "kmalloc size=50", "poke off=53 len=5", "kfree" }, "kfree",
	{ OOB, "kdal_target_kmalloc",
	  { "5 bytes changed right of the object", "first at offset 53",
	    "(3 bytes past" } },
};

static const struct bug right_one_byte_object = {
	{ "kmalloc size=1", "poke off=1", "kfree" }, "kfree",
	{ OOB, "kdal_target_kmalloc", { "of size 1", "first at offset 1" } },
};

static const struct bug right_8192 = {
	{ "kmalloc size=8192", "poke off=8192", "kfree" }, "kfree",
	{ OOB, "kdal_target_kmalloc", { "of size 8192", "first at offset 8192" } },
};

static const struct bug right_live = {
	{ "kmalloc size=100", "poke off=100", "verify", "kfree" }, "verify",
	{ OOB, "kdal_target_kmalloc", { "of size 100", "first at offset 100" },
	  .alloc = "kdal_target_kmalloc", .not_freed = true },
};

static const struct bug right_dma = {
	{ "kmalloc size=40 gfp=kernel|dma", "poke off=40", "kfree" }, "kfree",
	{ OOB, "kdal_target_kmalloc", { "kdal-dma-64", "first at offset 40" } },
};

static const struct bug right_after_shrink = {
	{ "kmalloc size=100", "krealloc size=70", "poke off=70", "kfree" }, "kfree",
	{ OOB, NULL, { "of size 70", "first at offset 70" },
	  .detected = "kdal_target_kfree" },
};

static const struct bug right_after_growth = {
	{ "kmalloc size=100", "krealloc size=300", "poke off=300", "kfree" }, "kfree",
	{ OOB, "kdal_target_krealloc", { "of size 300", "first at offset 300" },
	  .alloc = "kdal_target_krealloc", .detected = "kdal_target_kfree" },
};

static const struct bug found_by_krealloc = {
	{ "kmalloc size=100", "poke off=100", "krealloc size=300", "kfree" }, "krealloc",
	{ OOB, "kdal_target_kmalloc", { "of size 100", "first at offset 100" },
	  .alloc = "kdal_target_kmalloc", .detected = "kdal_target_krealloc" },
};

static const struct bug right_cache = {
	{ "cache_create size=100", "cache_alloc", "poke off=100", "cache_free" }, "cache_free",
	{ OOB, "kdal_target_cache_alloc",
	  { "of size 100", "cache kdal_target_0", "first at offset 100" },
	  .alloc = "kdal_target_cache_alloc", .detected = "kdal_target_cache_free" },
};

static const struct bug right_bulk = {
	{ "cache_create size=100", "bulk_alloc n=5", "poke slot=3 off=101", "bulk_free n=5" },
	"bulk_free",
	{ OOB, "kdal_target_bulk_alloc", { "first at offset 101", "(1 byte" },
	  .alloc = "kdal_target_bulk_alloc", .detected = "kdal_target_bulk_free" },
};

static const struct bug right_kasprintf = {
	{ "kasprintf size=33", "poke off=33", "kfree" }, "kfree",
	{ OOB, "kdal_target_kasprintf", { "of size 33", "first at offset 33" },
	  .alloc = "kdal_target_kasprintf" },
};

static const struct bug right_rcu = {
	{ "kmalloc size=40", "poke off=40", "kfree_rcu", "rcu_barrier" }, "rcu_barrier",
	{ OOB, "kdal_target_kmalloc", { "of size 40", "first at offset 40" } },
};

static const struct bug uaf = {
	{ "kmalloc size=128", "kfree", "poke off=40 len=2", "verify" }, "verify",
	{ UAF, "kdal_target_kmalloc", { "of size 128", "2 bytes changed", "offset 40" },
	  .alloc = "kdal_target_kmalloc", .freed = "kdal_target_kfree" },
};

static const struct bug uaf_last_byte = {
	{ "kmalloc size=100", "kfree", "poke off=99", "verify" }, "verify",
	{ UAF, "kdal_target_kmalloc", { "1 byte changed", "offset 99" },
	  .freed = "kdal_target_kfree" },
};

static const struct bug uaf_sensitive = {
	{ "kmalloc size=128", "kfree_sensitive", "poke off=0", "verify" }, "verify",
	{ UAF, "kdal_target_kmalloc", { "offset 0" }, .freed = "kdal_target_kfree_sensitive" },
};

static const struct bug uaf_rcu = {
	{ "kmalloc size=128", "kfree_rcu", "rcu_barrier", "poke off=64", "verify" }, "verify",
	{ UAF, "kdal_target_kmalloc", { "offset 64" }, .alloc = "kdal_target_kmalloc" },
};

static const struct bug uaf_cache = {
	{ "cache_create size=128", "cache_alloc", "cache_free", "poke off=8", "verify" }, "verify",
	{ UAF, "kdal_target_cache_alloc", { "offset 8", "cache kdal_target_0" },
	  .alloc = "kdal_target_cache_alloc", .freed = "kdal_target_cache_free" },
};

static const struct bug uaf_old_place = {
	{ "kmalloc size=64", "kmalloc slot=1 size=8", "kfree slot=1", "poke slot=1 off=3", "kfree",
	  "verify" }, "verify",
	{ UAF, "kdal_target_kmalloc", { "of size 8", "offset 3" } },
};

static const struct bug twice = {
	{ "kmalloc size=64", "kfree", "kfree_again" }, "kfree_again",
	{ "BUG: KDAL: double-free", "kdal_target_kfree_again", { "of size 64" },
	  .alloc = "kdal_target_kmalloc", .freed = "kdal_target_kfree",
	  .detected = "kdal_target_kfree_again" },
};

static const struct bug twice_in_between = {
	{ "kmalloc size=64", "kfree", "kmalloc slot=10 n=20 size=64", "kfree slot=10 n=20",
	  "kmalloc slot=10 n=20 size=64", "kfree_again", "kfree slot=10 n=20" }, "kfree_again",
	{ "BUG: KDAL: double-free", "kdal_target_kfree_again", { "of size 64" },
	  .alloc = "kdal_target_kmalloc", .freed = "kdal_target_kfree" },
};

static const struct bug twice_cache = {
	{ "cache_create size=64", "cache_alloc", "kfree", "cache_free" }, "cache_free",
	{ "BUG: KDAL: double-free", "kdal_target_cache_free", { "cache kdal_target_0" },
	  .alloc = "kdal_target_cache_alloc", .freed = "kdal_target_kfree" },
};

static const struct bug twice_bulk = {
	{ "kmalloc n=4 size=64", "kfree slot=2", "kfree_bulk n=4" }, "kfree_bulk",
	{ "BUG: KDAL: double-free", "kdal_target_kfree_bulk", { "of size 64" },
	  .alloc = "kdal_target_kmalloc", .freed = "kdal_target_kfree" },
};

static const struct bug interior = {
	{ "kmalloc size=64", "kfree off=8", "kfree_again" }, "kfree off",
	{ "BUG: KDAL: invalid-free", "kdal_target_kfree", { "of size 64", "8" },
	  .alloc = "kdal_target_kmalloc", .detected = "kdal_target_kfree", .not_freed = true },
};

static const struct bug behind = {
	{ "kmalloc size=64", "kfree off=64", "kfree_again" }, "kfree off",
	{ "BUG: KDAL: invalid-free", "kdal_target_kfree", { NULL },
	  .detected = "kdal_target_kfree" },
};

static const struct bug wrong_cache = {
	{ "cache_create cache=0 size=64", "cache_create cache=1 size=64", "cache_alloc cache=0",
	  "cache_free cache=1" }, "cache_free",
	{ "BUG: KDAL: wrong-cache-free", "kdal_target_cache_free",
	  { "kdal_target_0", "kdal_target_1" }, .alloc = "kdal_target_cache_alloc",
	  .detected = "kdal_target_cache_free" },
};

static const struct bug wrong_cache_kmalloc = {
	{ "cache_create size=64", "kmalloc size=64", "cache_free" }, "cache_free",
	{ "BUG: KDAL: wrong-cache-free", "kdal_target_cache_free", { "kdal_target_0" },
	  .alloc = "kdal_target_kmalloc", .detected = "kdal_target_cache_free" },
};

static void step(const char *cmd)
{
	if (!strcmp(cmd, "verify"))
		kdal_verify();
	else
		target_do("%s", cmd);
}

/*
 * Before anything is damaged the objects must be KDAL's: nobody wants these
 * bugs in memory that is not.
 */
static void objects_are_ours(void)
{
	REQUIRE(kdal_stat("live_objects") > 0, "KDAL does not have the object");
}

static bool allocates(const char *cmd)
{
	return strstr(cmd, "alloc") || strstr(cmd, "kasprintf") || strstr(cmd, "create");
}

static void run(const void *arg)
{
	const struct bug *bug = arg;
	bool checked = false;
	size_t i;

	kdal_rule("module kdal_target");
	for (i = 0; i < MAX_STEPS && bug->steps[i]; i++) {
		const char *cmd = bug->steps[i];

		if (!checked && !allocates(cmd)) {
			objects_are_ours();
			checked = true;
		}
		step(cmd);
		if (!strncmp(cmd, bug->expect_after, strlen(bug->expect_after)))
			reports_expect(&bug->want, 1);
	}
}

/*
 * devm_kmalloc() puts a header in front and asks for the whole bucket: the end
 * of that is where the redzone begins.
 */
static void right_devm(const void *arg)
{
	struct table t;
	char end[64];
	int off = 40;
	long row;

	(void)arg;
	/* makes the device, whose name is an object as well */
	target_do("devm_kmalloc slot=1");
	kdal_rule("module kdal_target");
	target_do("devm_kmalloc size=40");
	objects_are_ours();
	t = table_read("objects");
	row = table_find(&t, 0, "site", "kdal_target_devm_kmalloc+");
	REQUIRE(row >= 0, "not among the objects");
	snprintf(end, sizeof(end), "first at offset %s (0 bytes past", table_cell(&t, row, "size"));
	table_free(&t);
	do {
		target_do("poke off=%d", off);
	} while (!kdal_verify() && ++off < 128);
	EXPECT_REPORT(OOB, "kdal_target_devm_kmalloc", { end },
		      .alloc = "kdal_target_devm_kmalloc");
	target_do("devm_kfree");
}

/* The first slot of a slab has no left redzone; take one that has. */
static unsigned int slot_inside_a_page(void)
{
	unsigned int slot;

	for (slot = 0; slot < 16; slot++) {
		target_do("addr slot=%u", slot);
		if (target_value("addr") & 4095)
			return slot;
	}
	FAIL("16 objects, and each begins a page");
	kt_abort();
}

static void left_by_one(const void *arg)
{
	unsigned int slot;

	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc n=16 size=64");
	objects_are_ours();
	slot = slot_inside_a_page();
	target_do("invert slot=%u off=-1", slot);
	target_do("kfree slot=%u", slot);
	EXPECT_REPORT(OOB, "kdal_target_kmalloc",
		      { "of size 64", "1 byte changed left of the object", "offset -1" },
		      .alloc = "kdal_target_kmalloc", .detected = "kdal_target_kfree");
}

/* kfree_sensitive() writes to the object first: two bugs, two reports. */
static void twice_sensitive(const void *arg)
{
	static const struct want wants[] = {
		{ "BUG: KDAL: double-free", NULL, { "of size 64" }, .freed = "kdal_target_kfree",
		  .detected = "kdal_target_kfree_sensitive" },
		{ UAF, "kdal_target_kmalloc", { "64 bytes changed" } },
	};

	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc size=64");
	objects_are_ours();
	target_do("kfree");
	target_do("kfree_sensitive");
	EXPECT_EQ(kdal_verify(), 1);
	reports_expect(wants, ARRAY_LEN(wants));
}

static void record_damaged(const void *arg)
{
	long long slot;

	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc size=64");
	objects_are_ours();
	slot = kdal_zone("normal", 64, "slot");
	target_do("invert off=%lld len=4", (64 + slot) / 2);
	target_do("kfree");
	reports_expect_all(&(struct want){ "BUG: KDAL: header-corruption" });
}

/* After a report the object is as it should be: it is not reported again. */
static void reported_once(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc size=64");
	objects_are_ours();
	target_do("poke off=64");
	EXPECT_EQ(kdal_verify(), 1);
	EXPECT_REPORT(OOB, "kdal_target_kmalloc");
	EXPECT_EQ(kdal_verify(), 0);
	target_do("kfree");
}

static const struct kt_case cases[] = {
	{ "one byte right", run, &right_by_one },
	{ "one byte right, in the bucket's slack", run, &right_in_slack },
	{ "five bytes further right", run, &right_further },
	{ "right of a 1-byte object", run, &right_one_byte_object },
	{ "right of an 8192-byte object", run, &right_8192 },
	{ "right, found by verify", run, &right_live },
	{ "right, GFP_DMA", run, &right_dma },
	{ "right, after krealloc shrank it", run, &right_after_shrink },
	{ "right, after krealloc grew it", run, &right_after_growth },
	{ "right, found by krealloc", run, &found_by_krealloc },
	{ "right, kmem_cache", run, &right_cache },
	{ "right, bulk", run, &right_bulk },
	{ "right, kasprintf", run, &right_kasprintf },
	{ "right, devm_kmalloc", right_devm, NULL },
	{ "right, kfree_rcu", run, &right_rcu },
	{ "one byte left", left_by_one, NULL },
	{ "write after kfree", run, &uaf },
	{ "write after kfree, last byte", run, &uaf_last_byte },
	{ "write after kfree_sensitive", run, &uaf_sensitive },
	{ "write after kfree_rcu", run, &uaf_rcu },
	{ "write after kmem_cache_free", run, &uaf_cache },
	{ "write after kfree among other objects", run, &uaf_old_place },
	{ "double free", run, &twice },
	{ "double free with others in between", run, &twice_in_between },
	{ "double free, kmem_cache", run, &twice_cache },
	{ "double free, bulk", run, &twice_bulk },
	{ "double free, kfree_sensitive", twice_sensitive, NULL },
	{ "free of an interior address", run, &interior },
	{ "free of an address behind", run, &behind },
	{ "free to the wrong cache", run, &wrong_cache },
	{ "kmalloc object to a cache", run, &wrong_cache_kmalloc },
	{ "record damaged", record_damaged, NULL },
	{ "reported once", reported_once, NULL },
};

KT_MAIN(KT_KDAL | KT_TARGET)
