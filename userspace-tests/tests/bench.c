// SPDX-License-Identifier: GPL-2.0
/*
 * What a kmalloc() + kfree() pair costs: KDAL off, on for another module, on for
 * this one. The numbers are instructions under QEMU with -icount shift=0, and
 * cycles elsewhere; scripts read the lines "# bench: STATE SIZE NUMBER".
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kdal.h"
#include "kt.h"

static const unsigned int sizes[] = { 64, 1024 };

/* Fewer than scripts/cost takes: here they only have to be there. */
#define ITERATIONS 4000

static void need_bench(void)
{
	if (!module_built("kdal_bench"))
		kt_skip_all("kdal_bench.ko is not there (KDAL_MODULES names its folder)");
}

static long long cost(unsigned int size)
{
	char text[64], *line;
	long long value;

	snprintf(text, sizeof(text), "kdal_bench: kmalloc-%u ", size);
	line = kmsg_line(text);
	REQUIRE(line, "no \"%s\" in the kernel log", text);
	value = atoll(strstr(line, text) + strlen(text));
	free(line);
	return value;
}

static void measure(const char *state)
{
	size_t i;
	char args[32];
	int err;

	snprintf(args, sizeof(args), "iterations=%d", ITERATIONS);
	err = module_load("kdal_bench", args);
	REQUIRE(!err, "cannot load kdal_bench.ko: %s", strerror(-err));
	module_unload("kdal_bench");
	for (i = 0; i < ARRAY_LEN(sizes); i++) {
		long long value = cost(sizes[i]);

		kt_info("bench: %s %u %lld", state, sizes[i], value);
		EXPECT_GT(value, 0);
	}
}

static void off(const void *arg)
{
	(void)arg;
	measure("off");
}

static void on_without_match(const void *arg)
{
	long long before = kdal_stat("total_allocs");

	(void)arg;
	kdal_rule("module nobody");
	measure("no-match");
	EXPECT_EQ(kdal_stat("total_allocs"), before);
}

static void on_with_match(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_bench");
	measure("match");
	EXPECT_GE(kdal_hits("module kdal_bench"), 2 * ARRAY_LEN(sizes) * ITERATIONS);
	EXPECT_EQ(kdal_stat("live_objects"), 0);
}

static void off_again(const void *arg)
{
	(void)arg;
	measure("off-again");
}

static const struct kt_case cases[] = {
	{ "off", off, NULL },
	{ "on without a match", on_without_match, NULL },
	{ "on with a match", on_with_match, NULL },
	{ "off again", off_again, NULL },
};

KT_MAIN_SETUP(KT_KDAL, need_bench)
