// SPDX-License-Identifier: GPL-2.0
/* What KDAL remembers of addresses in a module ends with that module. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kdal.h"
#include "kt.h"

#define N 10
#define ROUNDS 50
#define A "kdal_twin_a"
#define B "kdal_twin_b"

static void need_twins(void)
{
	if (!module_built(A) || !module_built(B))
		kt_skip_all(A ".ko and " B ".ko are not there (KDAL_MODULES names their folder)");
}

static void hold(const char *module, int n)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/module/%s/parameters/hold", module);
	REQUIRE_EQ(file_put_number(path, n), 0);
}

static unsigned long long text_of(const char *module)
{
	char path[96], *text;
	unsigned long long addr;

	snprintf(path, sizeof(path), "/sys/module/%s/sections/.text", module);
	text = file_read(path);
	REQUIRE(text, "cannot read %s (CONFIG_KALLSYMS)", path);
	addr = strtoull(text, NULL, 16);
	free(text);
	REQUIRE(addr, "the address of %s is hidden", module);
	return addr;
}

/* Loads A, lets it allocate, and loads B where A was; false if B lies elsewhere. */
static bool b_after_a(long long a_live)
{
	unsigned long long addr;

	REQUIRE_EQ(module_load(A, ""), 0);
	addr = text_of(A);
	hold(A, N);
	hold(A, N);
	EXPECT_EQ(kdal_stat("live_objects"), a_live);
	REQUIRE_EQ(module_unload(A), 0);
	REQUIRE_EQ(module_load(B, ""), 0);
	if (text_of(B) == addr)
		return true;
	REQUIRE_EQ(module_unload(B), 0);
	return false;
}

static void load_b_after_a(long long a_live)
{
	int round;

	/* what a case before this one left behind */
	module_unload(A);
	module_unload(B);
	REQUIRE(pin_to_cpu(0), "cannot move to CPU 0");
	for (round = 0; round < ROUNDS; round++)
		if (b_after_a(a_live))
			return;
	kt_skip("in %d rounds " B " was never loaded where " A " had been", ROUNDS);
}

/* That no rule matched the address says nothing of the next module. */
static void named_after_unnamed(const void *arg)
{
	(void)arg;
	kdal_rule("module " B);
	load_b_after_a(0);
	hold(B, N);
	EXPECT_EQ(kdal_hits("module " B), N);
	EXPECT_EQ(kdal_stat("live_objects"), N);
	EXPECT_EQ(kdal_site("kdal_twin_alloc", "live"), N);
	EXPECT_EQ(module_unload(B), 0);
}

/* Nor does it say anything that one did. */
static void unnamed_after_named(const void *arg)
{
	(void)arg;
	kdal_rule("module " A);
	load_b_after_a(N);
	EXPECT_EQ(kdal_stat("live_objects"), 0);
	hold(B, N);
	EXPECT_EQ(kdal_stat("live_objects"), 0);
	EXPECT_EQ(module_unload(B), 0);
}

static const struct kt_case cases[] = {
	{ "a module that is named, where one was that is not", named_after_unnamed, NULL },
	{ "a module that is not named, where one was that is", unnamed_after_named, NULL },
};

KT_MAIN_SETUP(KT_KDAL, need_twins)
