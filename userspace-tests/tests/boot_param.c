// SPDX-License-Identifier: GPL-2.0
/*
 * The boot parameter kdal=: its rules are in force when the system is up. To be
 * run before any other test, since those begin by dropping the rules.
 */
#include <stdlib.h>
#include <string.h>

#include "kdal.h"
#include "kt.h"

static char *param;

static void need_parameter(void)
{
	if (!kdal_present())
		kt_skip_all("no KDAL: " KDAL_DIR "/control is not there (CONFIG_KDAL)");
	param = kdal_boot_param();
	if (!param)
		kt_skip_all("no kdal= on the kernel's command line");
}

static void rules_are_there(const void *arg)
{
	char *rest = param, *query, *rules = kdal_rules();
	long long n = 0;

	(void)arg;
	while ((query = strsep(&rest, ";"))) {
		query += strspn(query, " ");
		query[strcspn(query, "=")] = 0;
		while (*query && query[strlen(query) - 1] == ' ')
			query[strlen(query) - 1] = 0;
		n += !!*query;
		EXPECT(strstr(rules, query), "no rule \"%s\" in: %s", query, rules);
	}
	EXPECT_EQ(kdal_stat("rules"), n);
	EXPECT(kdal_state_is("running"), "not running");
	free(rules);
}

/* A rule for kdal_target given at boot covers the module's first allocation. */
static void in_force(const void *arg)
{
	char *rules = kdal_rules();
	bool has = strstr(rules, "module kdal_target ");

	(void)arg;
	free(rules);
	if (!has)
		kt_skip("the parameter has no \"module kdal_target\"");
	REQUIRE_EQ(module_load("kdal_target", "init_n=7"), 0);
	EXPECT_EQ(kdal_hits("module kdal_target"), 7);
	EXPECT_EQ(kdal_site("kdal_target_init_alloc", "live"), 7);
	EXPECT_EQ(module_unload("kdal_target"), 0);
}

static const struct kt_case cases[] = {
	{ "the rules are there", rules_are_there, NULL },
	{ "in force for a module", in_force, NULL },
};

KT_MAIN_SETUP(0, need_parameter)
