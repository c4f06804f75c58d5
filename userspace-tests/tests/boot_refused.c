// SPDX-License-Identifier: GPL-2.0
/*
 * The boot parameter kdal= with a query that cannot be parsed: the machine comes
 * up, no rule is in force, and the kernel log names the query.
 */
#include <errno.h>
#include <stdlib.h>

#include "kdal.h"
#include "kt.h"

static void need_wrong_parameter(void)
{
	char *param = kdal_boot_param();
	int err;

	if (!kdal_present())
		kt_skip_all("no KDAL: " KDAL_DIR "/control is not there (CONFIG_KDAL)");
	if (!param)
		kt_skip_all("no kdal= on the kernel's command line");
	if (kdal_stat("rules"))
		kt_skip_all("the rules of kdal= are in force");
	err = kdal_control("%s", param);
	if (err != -EINVAL)
		kt_skip_all("nothing is wrong with kdal=");
	free(param);
}

static void nothing_in_force(const void *arg)
{
	(void)arg;
	EXPECT_EQ(kdal_stat("rules"), 0);
	EXPECT(kdal_state_is("off"), "not off");
	EXPECT_EQ(kdal_stat("memory_bytes"), 0);
	EXPECT_EQ(kdal_stat("total_allocs"), 0);
}

static void named(const void *arg)
{
	(void)arg;
	EXPECT_GT(kmsg_time("kdal: kdal=: query "), 0);
}

static void can_be_started(const void *arg)
{
	(void)arg;
	kdal_rule("module nobody");
	EXPECT(kdal_state_is("running"), "not running");
	EXPECT(kdal_off(), "not off");
}

static const struct kt_case cases[] = {
	{ "nothing in force", nothing_in_force, NULL },
	{ "named in the kernel log", named, NULL },
	{ "can be started", can_be_started, NULL },
};

KT_MAIN_SETUP(0, need_wrong_parameter)
