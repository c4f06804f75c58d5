// SPDX-License-Identifier: GPL-2.0
/* What KDAL keeps aside goes back when memory is wanted. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kdal.h"
#include "kt.h"

#define N 4000
#define MIN_FREE "/proc/sys/vm/min_free_kbytes"
#define STEP_KB 4096

static long long kept(void)
{
	return kdal_stat("cached_objects") + kdal_stat("quarantined_objects");
}

static void fill(void)
{
	kdal_rule("module kdal_target");
	target_do("kmalloc n=%d size=500", N);
	target_do("kfree n=%d", N);
	REQUIRE(kept() >= N / 8, "only %lld objects are kept", kept());
	kt_info("%lld objects kept, %lld KiB", kept(), kdal_stat("memory_bytes") / 1024);
}

/*
 * The global part goes; a CPU's own lists hold a batch or so, which another CPU
 * may not touch.
 */
static bool drained(long long before)
{
	return kept() < before / 4;
}

static void drop_caches(const void *arg)
{
	long long before, bytes;

	(void)arg;
	fill();
	before = kept();
	bytes = kdal_stat("memory_bytes");
	drop_slab();
	EXPECT(WAIT_FOR(drained(before), 3000), "%lld of %lld objects kept", kept(), before);
	EXPECT(kdal_stat("memory_bytes") < bytes, "memory_bytes did not fall");
	kt_info("%lld of %lld objects kept, %lld KiB", kept(), before,
		kdal_stat("memory_bytes") / 1024);
}

static void live_objects_stay(const void *arg)
{
	(void)arg;
	fill();
	target_do("kmalloc n=200 size=500");
	target_do("poke n=200 len=500 byte=0x42");
	drop_slab();
	target_do("check n=200 len=500 byte=0x42");
	EXPECT_EQ(target_value("bad"), 0);
	EXPECT_EQ(kdal_stat("live_objects"), 200);
	EXPECT_EQ(kdal_verify(), 0);
}

/* A write to a freed object is found at the latest when the object leaves. */
static void write_found_when_dropped(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc size=500");
	REQUIRE_EQ(kdal_stat("live_objects"), 1);
	target_do("kfree");
	target_do("poke off=123");
	target_do("kmalloc slot=1 n=%d size=500", N);
	target_do("kfree slot=1 n=%d", N);
	drop_slab();
	kdal_verify();
	EXPECT_REPORT("BUG: KDAL: slab-use-after-free write", "kdal_target_kmalloc",
		      { "offset 123" });
}

/* Takes memory until that little is free, and keeps it until killed. */
static void hog(long long floor_kb)
{
	while (meminfo("MemFree") > floor_kb) {
		char *p = mmap(NULL, STEP_KB * 1024, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

		if (p == MAP_FAILED)
			break;
	}
	for (;;)
		pause();
}

/*
 * Raises the reserve to a quarter of the memory and lets a child take memory
 * until little more than that is free: below the mark at which kswapd begins to
 * reclaim (a quarter above the reserve), and far from where anything is killed.
 */
static void memory_pressure(const void *arg)
{
	long long total = meminfo("MemTotal"), min_free = file_number(MIN_FREE), before;
	pid_t pid;

	(void)arg;
	REQUIRE(min_free > 0, "cannot read " MIN_FREE);
	if (total > 8LL * 1024 * 1024)
		kt_skip("too much memory to fill: %lld KiB", total);
	fill();
	before = kept();
	REQUIRE_EQ(file_put_number(MIN_FREE, total / 4), 0);
	pid = fork();
	if (!pid) {
		file_puts("/proc/self/oom_score_adj", "1000");
		hog(total / 4 + total / 32);
	}
	EXPECT(WAIT_FOR(drained(before), 20000), "%lld of %lld objects kept, %lld KiB free",
	       kept(), before, meminfo("MemFree"));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	EXPECT_EQ(file_put_number(MIN_FREE, min_free), 0);
	kt_info("%lld of %lld objects kept", kept(), before);
}

static int drop_or_churn(int nr)
{
	int i;

	if (nr)
		return target("churn n=10000 seed=%d", nr);
	for (i = 0; i < 50; i++)
		drop_slab();
	return 0;
}

static void drop_caches_under_load(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	EXPECT_EQ(in_children(4, drop_or_churn), 0);
	EXPECT_EQ(kdal_stat("live_objects"), 0);
	EXPECT_EQ(kdal_verify(), 0);
}

static const struct kt_case cases[] = {
	{ "drop_caches", drop_caches, NULL },
	{ "live objects stay", live_objects_stay, NULL },
	{ "write after free found when dropped", write_found_when_dropped, NULL },
	{ "memory pressure", memory_pressure, NULL },
	{ "drop_caches under load", drop_caches_under_load, NULL },
};

KT_MAIN(KT_KDAL | KT_TARGET)
