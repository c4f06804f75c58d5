// SPDX-License-Identifier: GPL-2.0
/* KDAL: tests of layout.h, the pure arithmetic of a slot, in user space. */

#include <kunit/test.h>

#include "layout.h"

#define WORD	0x0123456789abcdefULL

/* What kdal_layout_init() must make of a class: bucket .. left as in struct. */
static const struct layout_case {
	u32 minalign;
	struct kdal_layout want;
} layout_cases[] = {
	{ 8, { .bucket = 8, .align = 8, .slot = 72,
	       .rec = 16, .right = 8, .left = 8 } },
	{ 8, { .bucket = 16, .align = 16, .slot = 80,
	       .rec = 24, .right = 8, .left = 8 } },
	{ 8, { .bucket = 32, .align = 32, .slot = 96,
	       .rec = 40, .right = 8, .left = 8 } },
	{ 8, { .bucket = 64, .align = 64, .slot = 128,
	       .rec = 72, .right = 8, .left = 8 } },
	{ 8, { .bucket = 96, .align = 32, .slot = 160,
	       .rec = 104, .right = 8, .left = 8 } },
	{ 8, { .bucket = 128, .align = 128, .slot = 256,
	       .rec = 168, .right = 40, .left = 40 } },
	{ 8, { .bucket = 192, .align = 64, .slot = 256,
	       .rec = 200, .right = 8, .left = 8 } },
	{ 8, { .bucket = 256, .align = 256, .slot = 512,
	       .rec = 400, .right = 64, .left = 64 } },
	{ 8, { .bucket = 4096, .align = 4096, .slot = 8192,
	       .rec = 8080, .right = 64, .left = 64 } },
	{ 128, { .bucket = 8, .align = 128, .slot = 128,
		 .rec = 48, .right = 40, .left = 32 } },
	{ 128, { .bucket = 128, .align = 128, .slot = 256,
		 .rec = 168, .right = 40, .left = 40 } },
};

static void layout_desc(const struct layout_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "bucket %u minalign %u",
		 c->want.bucket, c->minalign);
}

KUNIT_ARRAY_PARAM(layout, layout_cases, layout_desc);

static void layout_table(struct kunit *test)
{
	const struct layout_case *c = test->param_value;
	struct kdal_layout l;

	kdal_layout_init(&l, c->want.bucket, c->minalign);
	KUNIT_EXPECT_EQ(test, l.bucket, c->want.bucket);
	KUNIT_EXPECT_EQ(test, l.align, c->want.align);
	KUNIT_EXPECT_EQ(test, l.slot, c->want.slot);
	KUNIT_EXPECT_EQ(test, l.rec, c->want.rec);
	KUNIT_EXPECT_EQ(test, l.right, c->want.right);
	KUNIT_EXPECT_EQ(test, l.left, c->want.left);
}

/* What must hold of any class, not only those that exist. */
static void layout_invariants(struct kunit *test)
{
	struct kdal_layout l;
	u32 bucket, minalign;

	for (minalign = 1; minalign <= 256; minalign *= 2) {
		for (bucket = 8; bucket <= 16384; bucket += 8) {
			kdal_layout_init(&l, bucket, minalign);
			KUNIT_ASSERT_GE(test, l.align, minalign);
			KUNIT_ASSERT_EQ(test, l.align & (l.align - 1), 0U);
			KUNIT_ASSERT_EQ(test, l.slot % l.align, 0U);
			KUNIT_ASSERT_GE(test, l.align, bucket & -bucket);
			KUNIT_ASSERT_GE(test, l.right, KDAL_REDZONE_MIN);
			KUNIT_ASSERT_GE(test, l.left, KDAL_REDZONE_MIN);
			KUNIT_ASSERT_LE(test, l.right, KDAL_REDZONE_MAX);
			KUNIT_ASSERT_LE(test, l.left, KDAL_REDZONE_MAX);
			KUNIT_ASSERT_EQ(test, (l.right | l.left | l.rec) % 8, 0U);
			KUNIT_ASSERT_LE(test, bucket + l.right, l.rec);
			KUNIT_ASSERT_EQ(test, l.rec + KDAL_RECORD_SIZE + l.left,
					l.slot);
		}
	}
}

/* The smallest class that holds a size, by walking up the list of them. */
static void layout_class_index(struct kunit *test)
{
	unsigned int idx = 0;
	size_t size;

	for (size = 1; size <= 65536; size++) {
		while (kdal_class_size(idx) < size)
			idx++;
		KUNIT_ASSERT_EQ(test, kdal_class_index(size), idx);
	}
	for (idx = 1; idx < 16; idx++) {
		KUNIT_EXPECT_GT(test, kdal_class_size(idx), kdal_class_size(idx - 1));
		KUNIT_EXPECT_EQ(test, kdal_class_index(kdal_class_size(idx)), idx);
	}
}

/* A range is filled to the byte, and no byte beside it changes. */
static void layout_fill(struct kunit *test)
{
	const u64 word = WORD;
	const u8 *pat = (const u8 *)&word;
	u64 mem[10];
	u8 *p = (u8 *)mem;
	size_t from, to, i;

	for (from = 0; from <= sizeof(mem); from++) {
		for (to = from; to <= sizeof(mem); to++) {
			memset(mem, 0x11, sizeof(mem));
			kdal_fill(mem, from, to, word);
			for (i = 0; i < sizeof(mem); i++)
				KUNIT_ASSERT_EQ(test, p[i], i >= from && i < to ?
						pat[i % 8] : 0x11);
			KUNIT_ASSERT_EQ(test, kdal_first_diff(mem, from, to, word), to);
		}
	}
	/* from beyond to is an empty range */
	memset(mem, 0x11, sizeof(mem));
	kdal_fill(mem, 20, 10, word);
	for (i = 0; i < sizeof(mem); i++)
		KUNIT_EXPECT_EQ(test, p[i], 0x11);
}

/* Each byte of a range is looked at, and none beside it. */
static void layout_diff(struct kunit *test)
{
	u64 mem[10];
	u8 *p = (u8 *)mem;
	size_t from, to, bad, last, want;

	for (from = 0; from <= sizeof(mem); from++) {
		for (to = from; to <= sizeof(mem); to++) {
			kdal_fill(mem, 0, sizeof(mem), WORD);
			for (bad = 0; bad < sizeof(mem); bad++) {
				p[bad] ^= 0x80;
				want = bad >= from && bad < to ? bad : to;
				KUNIT_ASSERT_EQ(test, kdal_first_diff(mem, from, to, WORD),
						want);
				if (to % 8 == 0)
					KUNIT_ASSERT_EQ(test, kdal_same(mem, from, to, WORD),
							want == to);
				last = 999;
				KUNIT_ASSERT_EQ(test, kdal_count_diff(mem, from, to, WORD, &last),
						(size_t)(want < to));
				KUNIT_ASSERT_EQ(test, last, want < to ? bad : 999);
				p[bad] ^= 0x80;
			}
		}
	}
}

static void layout_count(struct kunit *test)
{
	u64 mem[8];
	u8 *p = (u8 *)mem;
	size_t last = 0;

	kdal_fill(mem, 0, sizeof(mem), WORD);
	p[3] ^= 1;
	p[4] ^= 1;
	p[60] ^= 1;
	KUNIT_EXPECT_EQ(test, kdal_count_diff(mem, 0, 64, WORD, &last), (size_t)3);
	KUNIT_EXPECT_EQ(test, last, (size_t)60);
	KUNIT_EXPECT_EQ(test, kdal_count_diff(mem, 4, 60, WORD, &last), (size_t)1);
	KUNIT_EXPECT_EQ(test, last, (size_t)4);
	memset(mem, 0, sizeof(mem));
	KUNIT_EXPECT_EQ(test, kdal_count_diff(mem, 1, 63, WORD, &last), (size_t)62);
	KUNIT_EXPECT_EQ(test, last, (size_t)62);
}

static void layout_run(struct kunit *test)
{
	u64 mem[8];
	size_t start = 999;

	memset(mem, 0x11, sizeof(mem));
	KUNIT_EXPECT_EQ(test, kdal_find_run(mem, 0, 64, WORD, &start), (size_t)0);
	KUNIT_EXPECT_EQ(test, start, (size_t)999);
	kdal_fill(mem, 3, 9, WORD);
	kdal_fill(mem, 20, 33, WORD);
	KUNIT_EXPECT_EQ(test, kdal_find_run(mem, 0, 64, WORD, &start), (size_t)13);
	KUNIT_EXPECT_EQ(test, start, (size_t)20);
	KUNIT_EXPECT_EQ(test, kdal_find_run(mem, 0, 21, WORD, &start), (size_t)0);
	KUNIT_EXPECT_EQ(test, start, (size_t)20);
	kdal_fill(mem, 41, 49, WORD);
	KUNIT_EXPECT_EQ(test, kdal_find_run(mem, 33, 64, WORD, &start), (size_t)8);
	KUNIT_EXPECT_EQ(test, start, (size_t)41);
	KUNIT_EXPECT_EQ(test, kdal_find_run(mem, 42, 64, WORD, &start), (size_t)0);
	KUNIT_EXPECT_EQ(test, kdal_find_run(mem, 33, 48, WORD, &start), (size_t)0);
	KUNIT_EXPECT_EQ(test, kdal_find_run(mem, 25, 25, WORD, &start), (size_t)0);
}

static u64 next_random(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void expect_poison(struct kunit *test, u64 rnd)
{
	u64 word = kdal_make_poison(rnd);
	u8 first = word >> 56, last = word;
	unsigned int i;

	for (i = 0; i < 8; i++) {
		u8 b = word >> (8 * i);

		KUNIT_ASSERT_TRUE(test, b && b != 0xff && b != KDAL_REDZONE_BYTE);
	}
	/* Not canonical, whichever end the word is read from. */
	KUNIT_ASSERT_TRUE(test, first >= 0x40 && first < 0x80);
	KUNIT_ASSERT_TRUE(test, last >= 0x40 && last < 0x80);
}

static void layout_poison(struct kunit *test)
{
	u64 state = 1;
	unsigned int i;

	for (i = 0; i < 256; i++)
		expect_poison(test, 0x0101010101010101ULL * i);
	for (i = 0; i < 100000; i++)
		expect_poison(test, next_random(&state));
}

/*
 * Every bit of the record and of the seed takes part. Of the head all but who has
 * the object (bits 0 to 7), and whether it was verified since it was freed (19).
 */
static void layout_csum(struct kunit *test)
{
	struct kdal_record r = { };
	u8 *p = (u8 *)&r;
	u64 state = 2;
	size_t i, bit;
	u32 sum;

	for (i = 8; i < sizeof(r); i++)
		p[i] = next_random(&state);
	sum = kdal_record_csum(&r, 0x12345678, WORD);
	for (bit = 64; bit < 8 * sizeof(r); bit++) {
		p[bit / 8] ^= 1 << bit % 8;
		KUNIT_EXPECT_NE(test, kdal_record_csum(&r, 0x12345678, WORD), sum);
		p[bit / 8] ^= 1 << bit % 8;
	}
	for (bit = 0; bit < 32; bit++) {
		bool same = kdal_record_csum(&r, 0x12345678 ^ 1U << bit, WORD) == sum;

		KUNIT_EXPECT_EQ(test, same, bit < 8 || bit == 19);
	}
	for (bit = 0; bit < 64; bit++)
		KUNIT_EXPECT_NE(test, kdal_record_csum(&r, 0x12345678, WORD ^ 1ULL << bit), sum);
	/* head and csum themselves do not */
	r.head = 1;
	r.csum = 2;
	KUNIT_EXPECT_EQ(test, kdal_record_csum(&r, 0x12345678, WORD), sum);
}

static const u32 states[] = {
	KDAL_RAW, KDAL_FREE, KDAL_LIVE, KDAL_QUARANTINED, KDAL_BUSY, KDAL_SWEEP,
	KDAL_LOST,
};

static void layout_head(struct kunit *test)
{
	u32 checks, cache, head;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		for (checks = 0; checks < 4096; checks += 91) {
			for (cache = 0; cache < KDAL_MAX_CACHE_IDS; cache += 65) {
				head = kdal_head(states[i], checks, cache);
				KUNIT_ASSERT_EQ(test, kdal_head_state(head), states[i]);
				KUNIT_ASSERT_EQ(test, kdal_head_checks(head), checks);
				KUNIT_ASSERT_EQ(test, kdal_head_cache(head), cache);
			}
		}
	}
	KUNIT_EXPECT_EQ(test, (u32)(KDAL_HEAD_STATE | KDAL_HEAD_CHECKS | KDAL_HEAD_CACHE),
			~0U);
}

/* No state is near another one, nor near zero. */
static void layout_states(struct kunit *test)
{
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		KUNIT_EXPECT_GE(test, __builtin_popcount(states[i]), 3);
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_GE(test, __builtin_popcount(states[i] ^ states[j]), 3);
	}
}

static void layout_time(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, kdal_record_time(0, 0), 0ULL);
	KUNIT_EXPECT_EQ(test, kdal_record_time(0, 1), 1ULL);
	KUNIT_EXPECT_EQ(test, kdal_record_time(1, 0), 1ULL << 32);
	KUNIT_EXPECT_EQ(test, kdal_record_time(0xffff, ~0U), 0xffffffffffffULL);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(layout_table, layout_gen_params),
	KUNIT_CASE(layout_invariants),
	KUNIT_CASE(layout_class_index),
	KUNIT_CASE(layout_fill),
	KUNIT_CASE(layout_diff),
	KUNIT_CASE(layout_count),
	KUNIT_CASE(layout_run),
	KUNIT_CASE(layout_poison),
	KUNIT_CASE(layout_csum),
	KUNIT_CASE(layout_head),
	KUNIT_CASE(layout_states),
	KUNIT_CASE(layout_time),
	{ }
};

static struct kunit_suite suite = {
	.name = "kdal_layout",
	.test_cases = cases,
};

kunit_test_suite(suite);
