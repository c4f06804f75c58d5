// SPDX-License-Identifier: GPL-2.0
/*
 * The KUnit suites, loaded as a module: all that the plan promises have run and
 * passed, and the layer is off afterwards. Which suites and cases there must be
 * is written in kunit/manifest, not here.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kdal.h"
#include "kt.h"

static char *kunit_log;

static void load(void)
{
	int err;

	if (!kdal_present())
		kt_skip_all("no KDAL: " KDAL_DIR "/control is not there (CONFIG_KDAL)");
	if (module_loaded("kdal_kunit"))
		kt_skip_all("kdal_kunit is loaded already");
	if (!module_built("kdal_kunit"))
		kt_skip_all("kdal_kunit.ko is not there (CONFIG_KDAL_KUNIT_TEST=m)");
	if (module_built("kunit") && !module_loaded("kunit"))
		module_load("kunit", "enable=1");
	kmsg_mark("kdal_kunit");
	err = module_load("kdal_kunit", "");
	if (err)
		kt_skip_all("cannot load kdal_kunit.ko: %s", strerror(-err));
	kunit_log = kmsg_text();
	if (!kunit_log)
		kt_skip_all("cannot read the kernel log");
	if (strstr(kunit_log, "kunit: disabled"))
		kt_skip_all("KUnit is switched off (kunit.enable=1 on the command line)");
}

/* Plan and results that are not indented are the suites'. */
static void all_suites_pass(const void *arg)
{
	char *text = strdup(kunit_log), *rest = text, *line;
	int plan = -1, suites = 0, n;

	(void)arg;
	while ((line = strsep(&rest, "\n"))) {
		if (sscanf(line, "1..%d", &plan) == 1)
			continue;
		if (sscanf(line, "ok %d", &n) == 1 || sscanf(line, "not ok %d", &n) == 1)
			suites++;
		EXPECT(!strstr(line, "not ok ") && !strstr(line, " FAILED at "), "%s", line);
	}
	kt_info("%d suites", suites);
	EXPECT_GT(plan, 0);
	EXPECT_EQ(suites, plan);
	free(text);
}

/* The cases switch the layer on and off: nothing of it may be left. */
static void off_afterwards(const void *arg)
{
	(void)arg;
	EXPECT(WAIT_FOR(kdal_state_is("off"), 5000), "not off");
	EXPECT_EQ(kdal_stat("live_objects"), 0);
}

static void unloads(const void *arg)
{
	(void)arg;
	EXPECT_EQ(module_unload("kdal_kunit"), 0);
}

static const struct kt_case cases[] = {
	{ "all suites pass", all_suites_pass, NULL },
	{ "off afterwards", off_afterwards, NULL },
	{ "unloads", unloads, NULL },
};

KT_MAIN_SETUP(0, load)
