// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz KDAL's query parser (libFuzzer). Any bytes are split and parsed as a
 * write to the control file; what parses is written and parsed again, and must
 * come out the same.
 */

#include <stdlib.h>

#include <linux/errno.h>
#include <linux/sprintf.h>
#include <linux/string.h>

#include "query.h"

/* Not assert(), which NDEBUG turns off. */
#define CHECK(cond)							\
	do {								\
		if (!(cond)) {						\
			fprintf(stderr, "%s:%d: %s\n", __FILE__,	\
				__LINE__, #cond);			\
			abort();					\
		}							\
	} while (0)

static void check_error(const struct kdal_parse_error *err, const char *text,
			size_t len)
{
	char buf[KDAL_ERROR_TEXT_LEN];
	int i, n;

	CHECK(err->what);
	CHECK(err->pos <= len && err->len <= len - err->pos);
	n = kdal_format_error(err, text, buf, sizeof(buf));
	CHECK((size_t)n == strlen(buf) && n < KDAL_ERROR_TEXT_LEN - 1);
	for (i = 0; i < n; i++)
		CHECK(buf[i] >= ' ' && buf[i] <= '~');
}

static void check_match(const struct kdal_match *m)
{
	CHECK(m->all == !m->present);
	CHECK(!!m->module[0] == !!(m->present & KDAL_HAS_MODULE));
	CHECK(!!m->func[0] == !!(m->present & KDAL_HAS_FUNC));
	CHECK(!!m->cache[0] == !!(m->present & KDAL_HAS_CACHE));
	CHECK(!!m->comm[0] == !!(m->present & KDAL_HAS_COMM));
	CHECK(!!m->apis == !!(m->present & KDAL_HAS_API));
	CHECK(!!m->zones == !!(m->present & KDAL_HAS_ZONE));
	CHECK(!!m->size_max == !!(m->present & KDAL_HAS_SIZE));
	CHECK(!!m->size_min == !!m->size_max && m->size_min <= m->size_max);
	/* for the sanitizers */
	kdal_match_name(m->module, "snd_hda_codec");
	kdal_match_name(m->func, m->cache);
	kdal_match_name(m->comm, m->func);
}

static void check_round_trip(const struct kdal_query *q)
{
	char text[KDAL_MATCH_TEXT_LEN + KDAL_FLAGS_TEXT_LEN];
	char once[KDAL_MATCH_TEXT_LEN];
	struct kdal_parse_error err;
	struct kdal_query again;
	const char *pos, *query;
	size_t len, n;

	n = kdal_format_match(&q->match, once, sizeof(once));
	CHECK(n == strlen(once) && n < sizeof(once) - 1);
	n = sprintf(text, "%s %c", once, "=+-"[q->op]);
	n += kdal_format_flags(q->flags, text + n, KDAL_FLAGS_TEXT_LEN);

	pos = text;
	CHECK(kdal_next_query(&pos, text + n, &query, &len));
	CHECK(query == text && len == n && pos == text + n);
	CHECK(!kdal_parse_query(text, n, &again, &err));
	CHECK(kdal_match_equal(&q->match, &again.match));
	CHECK(q->op == again.op && q->flags == again.flags);
	kdal_format_match(&again.match, text, KDAL_MATCH_TEXT_LEN);
	CHECK(!strcmp(text, once));
}

static void check_query(const char *text, size_t len)
{
	struct kdal_parse_error err = { };
	struct kdal_query q;
	/* Its own memory, so that ASan sees a read past its end. */
	char *copy = malloc(len);

	CHECK(copy || !len);
	if (len)
		memcpy(copy, text, len);
	if (kdal_parse_query(copy, len, &q, &err)) {
		check_error(&err, copy, len);
	} else if (q.op == KDAL_OP_CLEAR) {
		CHECK(!q.flags && !q.match.present && !q.match.all);
	} else {
		CHECK(q.flags || q.op == KDAL_OP_SET);
		CHECK(!(q.flags & ~KDAL_ALL_FLAGS));
		check_match(&q.match);
		check_round_trip(&q);
	}
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *pos = text, *end = text + size, *last = text, *query;
	size_t len;

	check_query(text, size);
	while (kdal_next_query(&pos, end, &query, &len)) {
		CHECK(query >= last && len && query + len <= pos && pos <= end);
		CHECK(!memchr(query, '\n', len));
		check_query(query, len);
		last = pos;
	}
	CHECK(pos == end);
	return 0;
}
