// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz the fill and search functions of KDAL's layout.h (libFuzzer) against
 * byte-by-byte ones. Input: seven bytes of parameters, then a slot's contents.
 */

#include <stdlib.h>
#include <stdio.h>

#include <linux/string.h>

#include "layout.h"

#define CHECK(cond)							\
	do {								\
		if (!(cond)) {						\
			fprintf(stderr, "%s:%d: %s\n", __FILE__,	\
				__LINE__, #cond);			\
			abort();					\
		}							\
	} while (0)

static void check_search(const u8 *p, size_t from, size_t to, u64 word)
{
	const u8 *pat = (const u8 *)&word;
	size_t first = to, last = 0, count = 0, run = 0, best = 0, start = 0;
	size_t i, got;

	for (i = from; i < to; i++) {
		run = p[i] == pat[i % 8] ? run + 1 : 0;
		if (run > best) {
			best = run;
			start = i + 1 - run;
		}
		if (run)
			continue;
		first = count++ ? first : i;
		last = i;
	}
	CHECK(kdal_first_diff(p, from, to, word) == first);
	if (to % 8 == 0)
		CHECK(kdal_same(p, from, to, word) == !count);
	got = 0;
	CHECK(kdal_count_diff(p, from, to, word, &got) == count && got == last);
	if (best < 8)
		best = start = 0;
	got = 0;
	CHECK(kdal_find_run(p, from, to, word, &got) == best && got == start);
}

static void check_fill(u8 *p, size_t len, size_t from, size_t to, u64 word)
{
	const u8 *pat = (const u8 *)&word;
	u8 *old = malloc(len);
	size_t i;

	CHECK(old);
	memcpy(old, p, len);
	kdal_fill(p, from, to, word);
	for (i = 0; i < len; i++)
		CHECK(p[i] == (i >= from && i < to ? pat[i % 8] : old[i]));
	free(old);
	check_search(p, from, to, word);
}

static void check_layout(u32 bucket, u32 minalign)
{
	struct kdal_layout l;

	kdal_layout_init(&l, bucket, minalign);
	CHECK(l.slot % l.align == 0 && l.align % minalign == 0);
	CHECK(l.right >= KDAL_REDZONE_MIN && l.left >= KDAL_REDZONE_MIN);
	CHECK(bucket + l.right <= l.rec && l.rec % 8 == 0);
	CHECK(l.rec + KDAL_RECORD_SIZE + l.left == l.slot);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len, from, to;
	u64 word;
	u8 *p;

	if (size < 8)
		return 0;
	len = size - 7;
	from = data[0] % (len + 1);
	to = from + data[1] % (len + 1 - from);
	word = 0x0101010101010101ULL * data[2] ^ (u64)data[3] << 24;
	check_layout((data[4] | data[5] << 8) / 8 * 8 + 8, 1U << data[6] % 9);

	/* The end of the memory is the end of the range that may be read. */
	p = malloc(len);
	CHECK(p);
	memcpy(p, data + 7, len);
	check_search(p, from, to, word);
	check_fill(p, len, from, to, word);
	free(p);
	return 0;
}
