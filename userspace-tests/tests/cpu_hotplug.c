// SPDX-License-Identifier: GPL-2.0
/* A CPU that goes away gives back what it keeps, and nothing is lost with it. */
#include <unistd.h>

#include "kdal.h"
#include "kt.h"

#define CPU 1
#define N 500

static void need_two_cpus(void)
{
	if (cpus_online() < 2)
		kt_skip_all("one CPU only");
	if (access("/sys/devices/system/cpu/cpu1/online", W_OK))
		kt_skip_all("CPU 1 cannot be taken offline (CONFIG_HOTPLUG_CPU)");
}

/* Fills what a CPU keeps, and what none else keeps. */
static void fill_cpu(int cpu, int n)
{
	REQUIRE(pin_to_cpu(cpu), "cannot move to CPU %d", cpu);
	target_do("kmalloc slot=1000 n=%d size=64", n);
	target_do("kfree slot=1000 n=%d", n);
	pin_to_cpu(0);
}

static void offline(void)
{
	REQUIRE(cpu_set_online(CPU, false), "CPU %d does not go offline", CPU);
}

static void online(void)
{
	EXPECT(cpu_set_online(CPU, true), "CPU %d does not come back", CPU);
	pin_to_cpu(-1);
}

static void cache_drains(const void *arg)
{
	(void)arg;
	kdal_param("quarantine_kb", 0);
	kdal_rule("module kdal_target");
	fill_cpu(CPU, N);
	REQUIRE(kdal_stat("cached_objects") > 0, "nothing is cached");
	offline();
	EXPECT(WAIT_FOR(!kdal_stat("cached_objects"), 3000), "%lld objects are still cached",
	       kdal_stat("cached_objects"));
	online();
}

/* The few that the CPU has gathered; full batches are on the global list. */
static void quarantine_drains(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	fill_cpu(CPU, 5);
	EXPECT_EQ(kdal_stat("quarantined_objects"), 5);
	offline();
	EXPECT(WAIT_FOR(!kdal_stat("quarantined_objects"), 3000),
	       "%lld objects are still in quarantine", kdal_stat("quarantined_objects"));
	online();
}

static void off_while_offline(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	fill_cpu(CPU, N);
	offline();
	EXPECT(kdal_off(), "not off with a CPU offline");
	EXPECT(!slabinfo_has_prefix("kdal-"), "a kdal- cache remains");
	online();
}

static void rule_while_offline(const void *arg)
{
	(void)arg;
	offline();
	kdal_rule("module kdal_target");
	target_do("kmalloc n=%d size=64", N);
	online();
	fill_cpu(CPU, N);
	EXPECT_EQ(kdal_stat("live_objects"), N);
	target_do("kfree n=%d", N);
}

/* Objects of a CPU that is gone are freed on another one, and counted there. */
static void freed_elsewhere(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	pin_to_cpu(CPU);
	target_do("kmalloc n=%d size=64", N);
	pin_to_cpu(0);
	offline();
	EXPECT_EQ(kdal_stat("live_objects"), N);
	EXPECT_EQ(kdal_zone("normal", 64, "live"), N);
	target_do("kfree n=%d", N);
	EXPECT_EQ(kdal_stat("live_objects"), 0);
	EXPECT_EQ(kdal_zone("normal", 64, "live"), 0);
	online();
}

static void write_found_at_offline(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	pin_to_cpu(CPU);
	target_do("kmalloc size=64");
	REQUIRE_EQ(kdal_stat("live_objects"), 1);
	target_do("kfree");
	target_do("poke off=9");
	pin_to_cpu(0);
	offline();
	kdal_verify();
	EXPECT_REPORT("BUG: KDAL: slab-use-after-free write", "kdal_target_kmalloc",
		      { "offset 9" });
	online();
}

static int toggle_or_churn(int nr)
{
	int i, err = 0;

	if (nr)
		return target("churn n=20000 seed=%d", nr);
	for (i = 0; i < 5; i++)
		err |= !cpu_set_online(CPU, false) || !cpu_set_online(CPU, true);
	return err;
}

static void under_load(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	EXPECT_EQ(in_children(4, toggle_or_churn), 0);
	EXPECT_EQ(kdal_stat("live_objects"), 0);
	EXPECT_EQ(kdal_verify(), 0);
}

static const struct kt_case cases[] = {
	{ "its cache drains", cache_drains, NULL },
	{ "its quarantine drains", quarantine_drains, NULL },
	{ "off while a CPU is offline", off_while_offline, NULL },
	{ "rule while a CPU is offline", rule_while_offline, NULL },
	{ "freed on another CPU", freed_elsewhere, NULL },
	{ "write after free found at offline", write_found_at_offline, NULL },
	{ "under load", under_load, NULL },
};

KT_MAIN_SETUP(KT_KDAL | KT_TARGET, need_two_cpus)
