// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>

#include "kselftest.h"

#include "kdal.h"
#include "kt.h"

enum outcome { OUTCOME_GO_ON, OUTCOME_ABORT, OUTCOME_SKIP };

static jmp_buf leave_case;
/* Is there a case to leave? Outside of one an abort ends the program. */
static bool in_case;
static bool case_failed;
static char skip_reason[256];

void kt_info(const char *fmt, ...)
{
	char buf[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	ksft_print_msg("%s\n", buf);
}

void kt_fail(const char *file, int line, const char *fmt, ...)
{
	const char *base = strrchr(file, '/');
	char buf[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	ksft_print_msg("%s:%d: %s\n", base ? base + 1 : file, line, buf);
	case_failed = true;
}

void kt_abort(void)
{
	if (!in_case)
		ksft_exit_fail_msg("cannot go on\n");
	longjmp(leave_case, OUTCOME_ABORT);
}

void kt_skip(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(skip_reason, sizeof(skip_reason), fmt, ap);
	va_end(ap);
	longjmp(leave_case, OUTCOME_SKIP);
}

void kt_skip_all(const char *fmt, ...)
{
	char buf[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	ksft_exit_skip("%s\n", buf);
}

bool kt_failed(void)
{
	return case_failed;
}

void kt_sleep_ms(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&ts, NULL);
}

static void settle_kdal(bool must_be_off)
{
	bool off = kdal_off();

	kdal_params_restore();
	reports_end();
	if (!must_be_off)
		return;
	if (!EXPECT(off, "after clear, %lld objects remain:", kdal_stat("live_objects")))
		kdal_print("objects");
	EXPECT(WAIT_FOR(!kdal_stat("memory_bytes"), 2000), "after clear, %lld bytes remain",
	       kdal_stat("memory_bytes"));
}

/* Leaves KDAL off; what the case left behind is its failure. */
static void settle(unsigned int needs)
{
	char *trouble;

	pin_to_cpu(-1);
	if (needs & KT_TARGET)
		EXPECT_EQ(target("reset"), 0);
	if (needs & KT_KDAL)
		settle_kdal(!(needs & KT_LINGER));
	trouble = kmsg_trouble();
	EXPECT(!trouble, "kernel log: %s", trouble);
	free(trouble);
}

static enum outcome run_guarded(void (*fn)(const void *), const void *arg)
{
	int outcome = setjmp(leave_case);

	in_case = true;
	if (outcome == OUTCOME_GO_ON)
		fn(arg);
	in_case = false;
	return outcome;
}

static unsigned int settle_needs;

static void settle_guarded(const void *arg)
{
	(void)arg;
	settle(settle_needs);
}

static void run_case(const struct kt_case *c)
{
	enum outcome outcome;

	case_failed = false;
	kmsg_mark(c->name);
	if (settle_needs & KT_KDAL)
		reports_begin();
	outcome = run_guarded(c->run, c->arg);
	run_guarded(settle_guarded, NULL);
	if (case_failed)
		ksft_test_result_fail("%s\n", c->name);
	else if (outcome == OUTCOME_SKIP)
		ksft_test_result_code(KSFT_SKIP, c->name, "%s", skip_reason);
	else
		ksft_test_result_pass("%s\n", c->name);
}

static void need_module(const char *name)
{
	int err;

	if (!module_built(name))
		kt_skip_all("%s.ko is not there (KDAL_MODULES names its folder)", name);
	module_unload(name);
	err = module_load(name, "");
	if (err)
		ksft_exit_fail_msg("cannot load %s.ko: %s\n", name, strerror(-err));
}

static void check_needs(unsigned int needs)
{
	struct stat st;

	if (geteuid())
		kt_skip_all("must be run as root");
	if (stat("/proc/self", &st))
		mount("proc", "/proc", "proc", 0, NULL);
	if (stat("/sys/kernel", &st))
		mount("sysfs", "/sys", "sysfs", 0, NULL);
	if (!needs)
		return;
	if (stat(DEBUGFS "/kdal", &st) && mount("debugfs", DEBUGFS, "debugfs", 0, NULL) &&
	    errno != EBUSY)
		kt_skip_all("no debugfs: %s", strerror(errno));
	if ((needs & KT_KDAL) && !kdal_present())
		kt_skip_all("no KDAL: " KDAL_DIR "/control is not there (CONFIG_KDAL)");
	if (needs & KT_TARGET)
		need_module("kdal_target");
	if (needs & KT_NEIGHBOUR)
		need_module("kdal_neighbour");
}

int kt_main(const struct kt_suite *suite)
{
	size_t i;

	ksft_print_header();
	check_needs(suite->needs);
	if (suite->setup)
		suite->setup();
	ksft_set_plan(suite->n);
	settle_needs = suite->needs;
	if (suite->needs & KT_KDAL)
		kdal_off();
	for (i = 0; i < suite->n; i++)
		run_case(&suite->cases[i]);
	if (suite->needs & KT_TARGET)
		module_unload("kdal_target");
	if (suite->needs & KT_NEIGHBOUR)
		module_unload("kdal_neighbour");
	if (ksft_cnt.ksft_xskip == suite->n) {
		ksft_print_cnts();
		return KSFT_SKIP;
	}
	ksft_finished();
}
