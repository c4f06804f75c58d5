// SPDX-License-Identifier: GPL-2.0
/* Write the texts of query_cases.h as a seed corpus into the directory given. */

#include <linux/array_size.h>
#include <linux/sprintf.h>

#include "tests/query_cases.h"

static int put(const char *dir, const char *kind, size_t nr,
	       const struct query_text *text)
{
	char path[4096];
	size_t written;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s-%03zu", dir, kind, nr);
	f = fopen(path, "wb");
	if (!f) {
		perror(path);
		return 1;
	}
	written = fwrite(text->s, 1, text->len, f);
	return fclose(f) || written != text->len;
}

int main(int argc, char **argv)
{
	int bad = 0;
	size_t i;

	if (argc != 2) {
		fprintf(stderr, "usage: %s DIR\n", argv[0]);
		return 2;
	}
	for (i = 0; i < ARRAY_SIZE(query_bad_cases); i++)
		bad |= put(argv[1], "bad", i, &query_bad_cases[i].text);
	for (i = 0; i < ARRAY_SIZE(query_good_cases); i++)
		bad |= put(argv[1], "good", i, &query_good_cases[i].text);
	for (i = 0; i < ARRAY_SIZE(query_write_cases); i++)
		bad |= put(argv[1], "write", i, &query_write_cases[i].text);
	return bad;
}
