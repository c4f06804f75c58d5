// SPDX-License-Identifier: GPL-2.0
/*
 * Everything that goes on in a system at once, for a while: rules come and go,
 * CPUs too, memory is reclaimed, objects are swept, modules allocate without a
 * bug. Nothing may be reported, nothing may be lost.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "kdal.h"
#include "kt.h"

#define SECONDS 15

static time_t end;

static int churn_target(void)
{
	return target("churn n=500 seed=%d", rand());
}

static int churn_neighbour(void)
{
	return neighbour("churn 500 %d", rand());
}

static int flip_rules(void)
{
	static const char *const rules[] = {
		"module kdal_target", "module kdal_target =FZ", "func churn_alloc size 64- =FZPUQ",
		"module kdal_target -Q", "module nobody; module kdal_target +U", "clear",
		"comm stress module kdal_* size -512", "module kdal_target =_",
	};
	int err = kdal_control("%s", rules[rand() % ARRAY_LEN(rules)]);

	kt_sleep_ms(rand() % 20);
	return err == -ENOENT ? 0 : err;
}

static int read_files(void)
{
	static const char *const files[] = {
		KDAL_DIR "/stats", KDAL_DIR "/zones", KDAL_DIR "/sites", KDAL_DIR "/objects",
		KDAL_DIR "/control", "/proc/slabinfo",
	};
	char *text = file_read(files[rand() % ARRAY_LEN(files)]);

	free(text);
	return text ? 0 : EIO;
}

static int sweep(void)
{
	kt_sleep_ms(20);
	return file_puts(KDAL_DIR "/verify", "1");
}

static int reclaim(void)
{
	kt_sleep_ms(30);
	return file_puts("/proc/sys/vm/drop_caches", "2");
}

static int toggle_cpu(void)
{
	int cpu = cpus_online() - 1;

	if (cpu < 1 || !cpu_set_online(cpu, false))
		return 0;
	kt_sleep_ms(50);
	return cpu_set_online(cpu, true) ? 0 : EIO;
}

static int (*const work[])(void) = {
	churn_target, churn_target, churn_target, churn_neighbour, flip_rules, flip_rules,
	read_files, sweep, reclaim, toggle_cpu,
};

static int worker(int nr)
{
	int err = 0;

	srand(nr);
	while (time(NULL) < end && !err)
		err = work[nr]();
	return err;
}

static void all_at_once(const void *arg)
{
	(void)arg;
	end = time(NULL) + SECONDS;
	EXPECT_EQ(in_children(ARRAY_LEN(work), worker), 0);
	EXPECT_EQ(kdal_stat("live_objects"), 0);
	kdal_rule("module kdal_target");
	EXPECT_EQ(target("churn n=1000 seed=1"), 0);
	EXPECT_EQ(kdal_verify(), 0);
}

static const struct kt_case cases[] = {
	{ "all at once", all_at_once, NULL },
};

KT_MAIN(KT_KDAL | KT_TARGET | KT_NEIGHBOUR)
