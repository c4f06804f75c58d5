// SPDX-License-Identifier: GPL-2.0
/* Queries that are wrong, and bytes that are no query: nothing changes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kdal.h"
#include "kt.h"

#define RULES_BEFORE "module keepme size 8-64 =FZ; func keepme_too =P"
#define RANDOM_WRITES 500
#define RANDOM_MAX 300

static const char *const malformed[] = {
	/* no match */
	"=", "=F", "=_", "+F", "-F", "= F",
	/* keywords */
	"modul foo", "MODULE foo", "foo", "foo =F", "module", "module foo func", "func",
	"func =F", "cache", "cache =F", "comm", "comm =F", "all foo =F", "all all =F",
	"module foo all =F", "module foo module bar =F", "func a func b =F",
	/* operators and flags */
	"module foo =X", "module foo =f", "module foo =F_", "module foo =_F", "module foo =FX",
	"module foo ==F", "module foo =+F", "module foo *F", "module foo +", "module foo -",
	"module foo =F bar", "module foo =F =Z", "module foo =F module bar =F",
	"module foo F", "module foo +_", "module foo -_", "module foo =",
	/* sizes */
	"size", "size =F", "size x =F", "size - =F", "size 8x =F", "size 8-x =F", "size x-8 =F",
	"size 9-8 =F", "size 8--9 =F", "size 8-9-10 =F", "size -8- =F",
	"size 18446744073709551616 =F", "size 99999999999999999999999 =F", "size 0x =F",
	"size +8 =F", "size 0 =F", "size 0-8 =F",
	/* globs and quotes */
	"module [a =F", "module [z-a] =F", "module a\\", "module \"\" =F", "comm \"open =F",
	"comm \"x\"y =F", "comm x\"y\" =F", "\"module\" =F", "comm \"a\tb\" =F",
	/* lists */
	"zone", "zone =F", "zone nowhere =F", "zone dma,nowhere =F", "zone dma, =F",
	"zone ,dma =F", "zone dma,,dma32 =F",
	"api", "api =F", "api nothing =F", "api slab, =F", "api ,slab =F", "api slab,,slab =F",
	/* clear takes nothing */
	"clear all", "clear =F", "clear =_", "module foo clear",
};

static char *rules_before;

static void unchanged(const char *after)
{
	char *now = kdal_read("control");

	if (!EXPECT(!strcmp(now, rules_before), "\"%s\" changed the rules to: %s", after, now))
		kdal_rule("clear; " RULES_BEFORE);
	free(now);
}

static void begin(void)
{
	kdal_rule(RULES_BEFORE);
	free(rules_before);
	rules_before = kdal_read("control");
}

static void each_is_refused(const void *arg)
{
	size_t i;
	int err;

	(void)arg;
	begin();
	for (i = 0; i < ARRAY_LEN(malformed); i++) {
		err = kdal_control("%s\n", malformed[i]);
		EXPECT(err == -EINVAL, "\"%s\": %d, not -EINVAL", malformed[i], err);
		unchanged(malformed[i]);
	}
	kt_info("%zu malformed queries", ARRAY_LEN(malformed));
}

/* Behind a good query and in front of one: neither takes effect. */
static void each_spoils_the_write(const void *arg)
{
	size_t i;
	int err;

	(void)arg;
	begin();
	for (i = 0; i < ARRAY_LEN(malformed); i++) {
		err = kdal_control("module good =F; %s\nmodule good2 =F\n", malformed[i]);
		EXPECT(err == -EINVAL, "with \"%s\": %d, not -EINVAL", malformed[i], err);
		unchanged(malformed[i]);
	}
}

static void nul_byte(const void *arg)
{
	static const char text[] = "module foo\0 =F\n";

	(void)arg;
	begin();
	EXPECT_EQ(file_write(KDAL_DIR "/control", text, sizeof(text) - 1), -EINVAL);
	unchanged("a NUL byte");
}

static void long_word(const void *arg)
{
	char word[5000];

	(void)arg;
	begin();
	memset(word, 'a', sizeof(word) - 1);
	word[sizeof(word) - 1] = 0;
	EXPECT_EQ(kdal_control("module %s =F", word), -EINVAL);
	unchanged("a word of 4999 letters");
}

/* Each starts with a byte no query starts with, so that none can be right. */
static void random_bytes(const void *arg)
{
	static const char first[] = "!\"$%&'()*+,-./0123456789:<=>?@ABC\x01\x7f\x80\xff";
	unsigned char buf[RANDOM_MAX];
	size_t i, len, j;
	int err;

	(void)arg;
	begin();
	srand(6127);
	for (i = 0; i < RANDOM_WRITES; i++) {
		len = 1 + rand() % (RANDOM_MAX - 1);
		for (j = 0; j < len; j++)
			buf[j] = rand();
		buf[0] = first[i % (sizeof(first) - 1)];
		err = file_write(KDAL_DIR "/control", buf, len);
		EXPECT(err == -EINVAL, "random write %zu: %d, not -EINVAL", i, err);
		unchanged("random bytes");
	}
}

/* Words of the grammar in any order: accepted or not, the kernel stands. */
static void random_words(const void *arg)
{
	static const char *const words[] = {
		"module", "func", "cache", "api", "zone", "size", "comm", "all", "foo", "*",
		"dma", "slab", "8", "8-", "-8", "8-9", "=", "=F", "+Z", "-F", "=_", "#", "clear",
		"normal,dma32", "\"a b\"", "[a-z]",
	};
	char text[512];
	size_t i, n;
	int err;

	(void)arg;
	srand(117);
	for (i = 0; i < RANDOM_WRITES; i++) {
		text[0] = 0;
		for (n = 1 + rand() % 8; n; n--) {
			strcat(text, words[rand() % ARRAY_LEN(words)]);
			strcat(text, " ");
		}
		/* no rule of this case may match what the system allocates */
		err = kdal_control("comm no-such-task-name %s", text);
		EXPECT(!err || err == -EINVAL || err == -ENOENT, "\"%s\": %d", text, err);
		kdal_rule("clear");
	}
}

static const struct kt_case cases[] = {
	{ "each is refused", each_is_refused, NULL },
	{ "each spoils the whole write", each_spoils_the_write, NULL },
	{ "NUL byte", nul_byte, NULL },
	{ "long word", long_word, NULL },
	{ "random bytes", random_bytes, NULL },
	{ "random words", random_words, NULL },
};

KT_MAIN(KT_KDAL)
