// SPDX-License-Identifier: GPL-2.0
/*
 * The rule "all" on a system that works: nothing to report. To be run last: what
 * the kernel allocates under this rule it may keep for long, and the layer
 * drains until the last of it is freed.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kdal.h"
#include "kt.h"

#define DIR "/tmp/kdal-all-rule"

static int files(int nr)
{
	char path[64], block[3000];
	int i, fd, err = 0;

	memset(block, nr, sizeof(block));
	for (i = 0; i < 200; i++) {
		snprintf(path, sizeof(path), DIR "/%d-%d", nr, i);
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		err |= fd < 0 || write(fd, block, sizeof(block)) != sizeof(block);
		close(fd);
	}
	for (i = 0; i < 200; i++) {
		snprintf(path, sizeof(path), DIR "/%d-%d", nr, i);
		err |= unlink(path);
	}
	return err;
}

static int processes(int nr)
{
	int i, status, err = 0;

	(void)nr;
	for (i = 0; i < 40; i++) {
		pid_t pid = fork();

		if (!pid) {
			execl("/proc/self/exe", "all_rule", "exec", (char *)NULL);
			_exit(1);
		}
		err |= pid < 0 || waitpid(pid, &status, 0) != pid || status;
	}
	return err;
}

static int pipes_and_sockets(int nr)
{
	char block[2000] = { };
	int i, fd[2], err = 0;

	for (i = 0; i < 200; i++) {
		if (i % 2 ? pipe2(fd, O_CLOEXEC) : socketpair(AF_UNIX, SOCK_DGRAM, 0, fd))
			continue;	/* no sockets in this kernel */
		memset(block, nr, sizeof(block));
		err |= write(fd[1], block, sizeof(block)) != sizeof(block);
		err |= read(fd[0], block, sizeof(block)) != sizeof(block);
		close(fd[0]);
		close(fd[1]);
	}
	return err;
}

static int proc_files(int nr)
{
	static const char *const names[] = {
		"/proc/self/maps", "/proc/self/status", "/proc/meminfo", "/proc/slabinfo",
		"/proc/mounts", "/sys/kernel/uevent_seqnum",
	};
	int i;

	(void)nr;
	for (i = 0; i < 200; i++)
		free(file_read(names[i % ARRAY_LEN(names)]));
	return 0;
}

static int load(int nr)
{
	static int (*const work[])(int nr) = { files, processes, pipes_and_sockets, proc_files };

	return work[nr % ARRAY_LEN(work)](nr);
}

/* Of each backing that kdal_target knows, while it is resized. */
static void mempools(void)
{
	int backing;

	target_do("cache_create size=200");
	for (backing = 0; backing < 5; backing++) {
		target_do("pool_create backing=%d size=9000 n=4", backing);
		target_do("pool_alloc n=20 gfp=noio");
		target_do("pool_reserve slot=20 n=4");
		target_do("pool_resize n=9");
		target_do("pool_free n=24");
		EXPECT_EQ(kdal_verify(), 0);
		target_do("pool_resize n=1");
		target_do("pool_destroy");
	}
	target_do("cache_destroy");
}

static void silent_under_load(const void *arg)
{
	int round;

	(void)arg;
	mkdir("/tmp", 0777);
	mkdir(DIR, 0700);
	REQUIRE(!mount("none", DIR, "tmpfs", 0, NULL), "cannot mount a tmpfs");
	kdal_rule("all");
	for (round = 0; round < 3; round++) {
		EXPECT_EQ(in_children(8, load), 0);
		mempools();
		EXPECT_EQ(kdal_verify(), 0);
	}
	EXPECT_GT(kdal_hits("all"), 1000);
	/* KFENCE has its samples all the same. */
	if (file_number("/sys/module/kfence/parameters/sample_interval") > 0)
		EXPECT_GT(kdal_stat("unchecked_sample"), 0);
	kt_info("%lld objects checked, %lld live, %lld unchecked", kdal_stat("total_allocs"),
		kdal_stat("live_objects"), kdal_unchecked());
	kdal_rule("clear");
	umount(DIR);
	rmdir(DIR);
	drop_slab();
	EXPECT_EQ(kdal_verify(), 0);
	kt_info("%lld objects live after clear", kdal_stat("live_objects"));
}

static const struct kt_case cases[] = {
	{ "silent under load", silent_under_load, NULL },
};

int main(int argc, char **argv)
{
	const struct kt_suite suite = { KT_KDAL | KT_TARGET | KT_LINGER, cases, ARRAY_LEN(cases), NULL };

	if (argc > 1 && !strcmp(argv[1], "exec"))
		return 0;
	return kt_main(&suite);
}
