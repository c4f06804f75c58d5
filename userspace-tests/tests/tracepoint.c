// SPDX-License-Identifier: GPL-2.0
/* A report is also the trace event kdal:kdal_report. */
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "kdal.h"
#include "kt.h"

#define TRACEFS "/sys/kernel/tracing/"
#define EVENT TRACEFS "events/kdal/kdal_report/"

static void need_tracefs(void)
{
	if (access(TRACEFS "trace", F_OK))
		mount("tracefs", TRACEFS, "tracefs", 0, NULL);
	if (access(TRACEFS "trace", F_OK))
		kt_skip_all("no tracefs (CONFIG_TRACING)");
	if (access(EVENT "enable", W_OK))
		kt_skip_all("no event kdal:kdal_report");
}

static int count(const char *text, const char *word)
{
	int n = 0;

	for (; (text = strstr(text, word)); text++)
		n++;
	return n;
}

static void one_event_a_report(const void *arg)
{
	const struct want want = { "BUG: KDAL: slab-out-of-bounds write" };
	char *trace;

	(void)arg;
	EXPECT_EQ(file_puts(TRACEFS "trace", ""), 0);
	EXPECT_EQ(file_puts(EVENT "enable", "1"), 0);
	kdal_rule("module kdal_target");
	target_do("kmalloc n=3 size=100");
	REQUIRE_EQ(kdal_stat("live_objects"), 3);
	target_do("poke n=3 off=100");
	target_do("kfree n=3");
	trace = file_read(TRACEFS "trace");
	EXPECT_EQ(file_puts(EVENT "enable", "0"), 0);
	REQUIRE(trace, "cannot read the trace");
	EXPECT_EQ(count(trace, " kdal_report: "), 3);
	EXPECT_EQ(count(trace, "slab-out-of-bounds write in kdal_target_kmalloc"), 3);
	free(trace);
	EXPECT_EQ(reports_expect_all(&want), 3);
}

static const struct kt_case cases[] = {
	{ "one event a report", one_event_a_report, NULL },
};

KT_MAIN_SETUP(KT_KDAL | KT_TARGET, need_tracefs)
