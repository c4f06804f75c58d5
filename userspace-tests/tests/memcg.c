// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that a control group pays for, it pays for under KDAL as well, and gets
 * back when the object is freed, by whomever.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kdal.h"
#include "kt.h"

#define ROOT "/tmp/kdal-cgroup"
#define GROUP ROOT "/kdal-test"
#define N 2000
#define SIZE 1000
#define CHARGED (N * (long long)SIZE)
/* CPUs charge in advance, and give back late. */
#define SLACK (CHARGED / 2)

static void clean_up(void)
{
	rmdir(GROUP);
	umount(ROOT);
	rmdir(ROOT);
}

static void need_memcg(void)
{
	mkdir("/tmp", 0777);
	mkdir(ROOT, 0700);
	if (mount("none", ROOT, "cgroup2", 0, NULL))
		kt_skip_all("no cgroup2: %s", strerror(errno));
	atexit(clean_up);
	if (file_puts(ROOT "/cgroup.subtree_control", "+memory"))
		kt_skip_all("no memory controller (CONFIG_MEMCG)");
	if (mkdir(GROUP, 0700) && errno != EEXIST)
		kt_skip_all("cannot make a group: %s", strerror(errno));
}

static long long charged(void)
{
	char *text = file_read(GROUP "/memory.stat");
	long long value = text ? text_value(text, "slab") : -1;

	free(text);
	REQUIRE(value >= 0, "no slab in memory.stat");
	return value;
}

/* Runs a command as a member of the group. */
static void in_group(const char *command)
{
	int status = 1;
	pid_t pid = fork();

	if (!pid)
		_exit(file_puts(GROUP "/cgroup.procs", "0") || target("%s", command));
	waitpid(pid, &status, 0);
	REQUIRE(!status, "in the group: %s", command);
}

/* @command allocates N objects of SIZE bytes. */
static void is_charged(const char *command)
{
	long long before = charged();

	in_group(command);
	EXPECT_GE(kdal_stat("live_objects"), N);
	EXPECT(WAIT_FOR(charged() - before >= CHARGED - SLACK, 5000),
	       "%lld bytes charged, not %lld", charged() - before, CHARGED);
	target_do("kfree n=%d", N);
	EXPECT(WAIT_FOR(charged() - before < SLACK, 5000),
	       "%lld bytes still charged after the free", charged() - before);
}

static void gfp_account(const void *arg)
{
	char command[128];

	(void)arg;
	kdal_rule("module kdal_target");
	snprintf(command, sizeof(command), "kmalloc n=%d size=%d gfp=kernel|account", N, SIZE);
	is_charged(command);
}

static void slab_account(const void *arg)
{
	char command[128];

	(void)arg;
	target_do("cache_create size=%d flags=account", SIZE);
	kdal_rule("module kdal_target");
	snprintf(command, sizeof(command), "cache_alloc n=%d", N);
	is_charged(command);
}

static void not_asked_for(const void *arg)
{
	char command[128];
	long long before = charged();

	(void)arg;
	kdal_rule("module kdal_target");
	snprintf(command, sizeof(command), "kmalloc n=%d size=%d", N, SIZE);
	in_group(command);
	EXPECT_LE(charged() - before, SLACK);
}

/* A second free gives nothing back a second time. */
static void double_free_uncharges_once(const void *arg)
{
	const struct want want = { "BUG: KDAL: double-free" };
	char command[128];
	long long before = charged();

	(void)arg;
	kdal_rule("module kdal_target");
	snprintf(command, sizeof(command), "kmalloc n=%d size=%d gfp=kernel|account", N, SIZE);
	in_group(command);
	REQUIRE(kdal_stat("live_objects") == N, "KDAL does not have the objects");
	target_do("kfree n=50");
	target_do("kfree_again n=50");
	EXPECT_EQ(reports_expect_all(&want), 50);
	EXPECT(WAIT_FOR(charged() - before >= CHARGED - SLACK, 5000), "%lld bytes charged",
	       charged() - before);
	target_do("kfree slot=50 n=%d", N - 50);
	EXPECT(WAIT_FOR(charged() - before < SLACK, 5000), "%lld bytes still charged",
	       charged() - before);
	EXPECT_GE(charged(), 0);
}

static const struct kt_case cases[] = {
	{ "__GFP_ACCOUNT", gfp_account, NULL },
	{ "SLAB_ACCOUNT", slab_account, NULL },
	{ "not asked for", not_asked_for, NULL },
	{ "double free", double_free_uncharges_once, NULL },
};

KT_MAIN_SETUP(KT_KDAL | KT_TARGET, need_memcg)
