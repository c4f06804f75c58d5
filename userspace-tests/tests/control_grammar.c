// SPDX-License-Identifier: GPL-2.0
/* The grammar of control: what is written is what is read, all or nothing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kdal.h"
#include "kt.h"

static void expect_rules(const char *want)
{
	char *got = kdal_rules();

	EXPECT(!strcmp(got, want), "rules are \"%s\", not \"%s\"", got, want);
	free(got);
}

/* Each query alone, and the rules that control then reads. */
static const struct pair {
	const char *write;
	const char *read;
} reads_back[] = {
	{ "module foo", "module foo =" DEFAULT_FLAGS "\n" },
	{ "module foo = F", "module foo =F\n" },
	{ "module foo =F", "module foo =F\n" },
	{ "module foo =PFZ", "module foo =FZP\n" },
	{ "module foo =CMLQUPZF", "module foo =FZPUQLMC\n" },
	{ "module vmlinux =F", "module vmlinux =F\n" },
	{ "module mydrv_* =F", "module mydrv_* =F\n" },
	{ "module my-drv =F", "module my_drv =F\n" },
	{ "func foo_alloc =F", "func foo_alloc =F\n" },
	{ "cache kmalloc-64 =F", "cache kmalloc-64 =F\n" },
	{ "api slab =F", "api slab =F\n" },
	{ "zone dma =F", "zone dma =F\n" },
	{ "zone DMA32,dma,dma =F", "zone dma,dma32 =F\n" },
	{ "size 64 =F", "size 64 =F\n" },
	{ "size 64-128 =F", "size 64-128 =F\n" },
	{ "size 64- =F", "size 64- =F\n" },
	{ "size -128 =F", "size -128 =F\n" },
	{ "size 1-0x80 =F", "size -128 =F\n" },
	{ "comm cat =F", "comm cat =F\n" },
	{ "comm \"my task\" =F", "comm \"my task\" =F\n" },
	{ "comm \"a;b#c\" =F", "comm \"a;b#c\" =F\n" },
	{ "all =F", "all =F\n" },
	{ "module foo func bar =F", "module foo func bar =F\n" },
	{ "comm baz size 2-8 func bar zone dma module foo =F",
	  "module foo func bar zone dma size 2-8 comm baz =F\n" },
	{ "  module\tfoo   =F  ", "module foo =F\n" },
	{ "# only a comment", "" },
	{ "module foo =F # a comment", "module foo =F\n" },
	{ "\n\n;;\n", "" },
	{ "", "" },
};

static void round_trip(const void *arg)
{
	size_t i;
	char *first;

	(void)arg;
	for (i = 0; i < ARRAY_LEN(reads_back); i++) {
		const struct pair *p = &reads_back[i];

		kdal_rule("clear");
		kdal_rule("%s\n", p->write);
		expect_rules(p->read);
		first = kdal_read("control");
		kdal_rule("clear");
		kdal_rule("%s", first);
		free(first);
		expect_rules(p->read);
	}
}

static void many_in_one_write(const void *arg)
{
	(void)arg;
	kdal_rule("module a =F; module b =Z\nmodule c =P ;; # x\n\n module d");
	expect_rules("module a =F\nmodule b =Z\nmodule c =P\nmodule d =" DEFAULT_FLAGS "\n");
	EXPECT_EQ(kdal_stat("rules"), 4);
}

static void operators(const void *arg)
{
	(void)arg;
	kdal_rule("module a =F; module a =ZP");
	expect_rules("module a =ZP\n");
	kdal_rule("module a +FU");
	expect_rules("module a =FZPU\n");
	kdal_rule("module a -ZP");
	expect_rules("module a =FU\n");
	kdal_rule("module b +F");
	expect_rules("module a =FU\nmodule b =F\n");
	kdal_rule("module a -FU");
	expect_rules("module b =F\n");
	kdal_rule("module b =_");
	expect_rules("");
	EXPECT_EQ(kdal_stat("rules"), 0);
}

static void unknown_rule(const void *arg)
{
	(void)arg;
	kdal_rule("module a =F");
	EXPECT_EQ(kdal_control("module b =_"), -ENOENT);
	EXPECT_EQ(kdal_control("module b -F"), -ENOENT);
	EXPECT_EQ(kdal_control("all =_"), -ENOENT);
	expect_rules("module a =F\n");
	kdal_rule("all =F");
	kdal_rule("all =_");
	expect_rules("module a =F\n");
}

static void all_or_nothing(const void *arg)
{
	(void)arg;
	kdal_rule("module a =F");
	EXPECT_EQ(kdal_control("module b =F; module c =F; modul d =F"), -EINVAL);
	EXPECT_EQ(kdal_control("clear; module b =F; zone nowhere"), -EINVAL);
	EXPECT_EQ(kdal_control("module a =_; module b =F; module nothere =_"), -ENOENT);
	expect_rules("module a =F\n");
}

static void wrong_word_named(const void *arg)
{
	(void)arg;
	EXPECT_EQ(kdal_control("module a =F; modul b =F"), -EINVAL);
	EXPECT(kmsg_has("kdal: control: query 2:"), "the log does not name the query");
	EXPECT(kmsg_has("\"modul\""), "the log does not name the word");
}

static void clear_drops_all(const void *arg)
{
	(void)arg;
	kdal_rule("module a =F; module b =F; all =F");
	kdal_rule("clear");
	expect_rules("");
	kdal_rule("module a =F; clear; module b =F");
	expect_rules("module b =F\n");
}

/* @n rules, "module mNNN", in writes of up to 64 rules. */
static int add_rules(int from, int to)
{
	char text[4096];
	size_t len = 0;
	int i, err = 0;

	for (i = from; i < to && !err; i++) {
		len += snprintf(text + len, sizeof(text) - len, "module m%d =F\n", i);
		if (i + 1 == to || i % 64 == 63) {
			err = kdal_control("%s", text);
			len = 0;
		}
	}
	return err;
}

static void limit_of_rules(const void *arg)
{
	(void)arg;
	REQUIRE_EQ(add_rules(0, 256), 0);
	EXPECT_EQ(kdal_stat("rules"), 256);
	EXPECT_EQ(kdal_control("module one_more =F"), -ENOSPC);
	EXPECT_EQ(kdal_control("module m7 =FZ"), 0);
	EXPECT_EQ(kdal_stat("rules"), 256);
	kdal_rule("module m7 =_; module one_more =F");
	EXPECT_EQ(kdal_stat("rules"), 256);
}

static void limit_of_a_write(const void *arg)
{
	char *text = malloc(16 * 1024 + 2);

	(void)arg;
	memset(text, ' ', 16 * 1024 + 1);
	memcpy(text, "module a =F\n", 12);
	EXPECT_EQ(file_write(KDAL_DIR "/control", text, 16 * 1024), 0);
	expect_rules("module a =F\n");
	EXPECT_EQ(file_write(KDAL_DIR "/control", text, 16 * 1024 + 1), -EINVAL);
	free(text);
}

static void ids_and_hits(const void *arg)
{
	char *text;

	(void)arg;
	kdal_rule("module nobody =F; module kdal_target func kdal_target_kmalloc =F");
	target_do("kmalloc n=42 size=32");
	target_do("kzalloc slot=100 n=3 size=32");
	EXPECT_EQ(kdal_hits("module kdal_target"), 42);
	EXPECT_EQ(kdal_hits("module nobody"), 0);
	text = kdal_read("control");
	EXPECT(strstr(text, "# id="), "no id in: %s", text);
	free(text);
}

static void state_follows_rules(const void *arg)
{
	(void)arg;
	EXPECT(kdal_state_is("off"), "not off at first");
	kdal_rule("module a =F");
	EXPECT(kdal_state_is("running"), "not running with a rule");
	kdal_rule("module a =_");
	EXPECT(WAIT_FOR(kdal_state_is("off"), 5000), "not off without a rule");
}

static const struct kt_case cases[] = {
	{ "round trip", round_trip, NULL },
	{ "many queries in one write", many_in_one_write, NULL },
	{ "operators", operators, NULL },
	{ "removing an unknown rule", unknown_rule, NULL },
	{ "all or nothing", all_or_nothing, NULL },
	{ "the wrong word is named", wrong_word_named, NULL },
	{ "clear", clear_drops_all, NULL },
	{ "256 rules", limit_of_rules, NULL },
	{ "16 KiB a write", limit_of_a_write, NULL },
	{ "ids and hits", ids_and_hits, NULL },
	{ "state", state_follows_rules, NULL },
};

KT_MAIN(KT_KDAL | KT_TARGET)
