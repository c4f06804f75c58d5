// SPDX-License-Identifier: GPL-2.0
/* Objects come from the node that was asked for, else from that of the CPU. */
#include <stdio.h>

#include "kdal.h"
#include "kt.h"

#define N 64
#define MAX_NODES 8

static const size_t sizes[] = { 8, 64, 192, 512, 4096, 8192 };

/* The nodes that have CPUs, with one of those each. */
static struct {
	int node;
	int cpu;
} home[MAX_NODES];
static size_t nr_homes;

static void add_home(int node, int cpu)
{
	size_t i;

	for (i = 0; i < nr_homes; i++)
		if (home[i].node == node)
			return;
	if (nr_homes == MAX_NODES)
		return;
	home[nr_homes].node = node;
	home[nr_homes++].cpu = cpu;
}

static void need_two_nodes(void)
{
	int cpu;

	for (cpu = 0; cpu < cpus_online(); cpu++)
		add_home(node_of_cpu(cpu), cpu);
	pin_to_cpu(-1);
	if (nr_homes < 2)
		kt_skip_all("CPUs on one NUMA node only");
}

static void on(size_t i)
{
	REQUIRE(pin_to_cpu(home[i].cpu), "cannot move to CPU %d", home[i].cpu);
}

/* All objects of the first slots lie in this node. */
static void all_on(size_t i, size_t size)
{
	target_do("phys n=%d size=%zu", N, size);
	EXPECT_EQ(target_value("nodes"), 1LL << home[i].node);
}

static void asked_for(const void *gfp)
{
	size_t i, s;

	kdal_rule("module kdal_target");
	for (i = 0; i < nr_homes; i++) {
		on((i + 1) % nr_homes);
		for (s = 0; s < ARRAY_LEN(sizes); s++) {
			target_do("kmalloc_node n=%d size=%zu node=%d gfp=%s", N, sizes[s],
				  home[i].node, (const char *)gfp);
			EXPECT_EQ(kdal_stat("live_objects"), N);
			all_on(i, sizes[s]);
			target_do("kfree n=%d", N);
		}
	}
}

/* Of SLUB's lists, which are new with each start, a CPU fills its own. */
static void local(const void *arg)
{
	size_t i, s;

	(void)arg;
	for (i = 0; i < nr_homes; i++) {
		REQUIRE(kdal_off(), "not off");
		kdal_rule("module kdal_target");
		on(i);
		for (s = 0; s < ARRAY_LEN(sizes); s++) {
			target_do("kmalloc n=%d size=%zu", N, sizes[s]);
			EXPECT_EQ(kdal_stat("live_objects"), N);
			all_on(i, sizes[s]);
			target_do("kfree n=%d", N);
		}
	}
}

/* Frees N objects of node @of on CPU @at; by how much do the CPUs' lists grow? */
static long long kept(size_t of, size_t at)
{
	long long before;

	on(at);
	target_do("kmalloc_node n=%d size=256 node=%d gfp=kernel|thisnode", N, home[of].node);
	all_on(of, 256);
	before = kdal_zone(NULL, 256, "cached");
	target_do("kfree n=%d", N);
	return kdal_zone(NULL, 256, "cached") - before;
}

/* A CPU keeps free objects of its own node, and of no other. */
static void kept_at_home(const void *arg)
{
	size_t i, other;

	(void)arg;
	kdal_rule("module kdal_target =FZPU");
	for (i = 0; i < nr_homes; i++) {
		other = (i + 1) % nr_homes;
		EXPECT_EQ(kept(other, i), 0);
		EXPECT_GT(kept(i, i), 0);
		EXPECT_EQ(kept(other, i), 0);
	}
	EXPECT_EQ(kdal_verify(), 0);
}

/* Nor does it keep one that it takes out of the quarantine. */
static void kept_after_quarantine(const void *arg)
{
	size_t i, other;
	int round;

	(void)arg;
	kdal_param("quarantine_kb", 64);
	kdal_rule("module kdal_target");
	for (i = 0; i < nr_homes; i++) {
		other = (i + 1) % nr_homes;
		REQUIRE(kdal_off(), "not off");
		kdal_rule("module kdal_target");
		for (round = 0; round < 20; round++)
			EXPECT_EQ(kept(other, i), 0);
		EXPECT_GT(20LL * N, kdal_zone(NULL, 256, "quarantined"));
	}
}

static void report_names_the_node(const void *arg)
{
	char where[16];
	size_t i;

	(void)arg;
	kdal_rule("module kdal_target");
	for (i = 0; i < nr_homes; i++) {
		snprintf(where, sizeof(where), "node %d)", home[i].node);
		target_do("kmalloc_node size=100 node=%d gfp=kernel|thisnode", home[i].node);
		REQUIRE_EQ(kdal_stat("live_objects"), 1);
		target_do("poke off=100");
		target_do("kfree");
		EXPECT_REPORT("BUG: KDAL: slab-out-of-bounds write", "kdal_target_kmalloc_node",
			      { where });
	}
}

static const struct kt_case cases[] = {
	{ "asked for", asked_for, "kernel" },
	{ "asked for, and no other", asked_for, "kernel|thisnode" },
	{ "local", local, NULL },
	{ "kept by CPUs of the node", kept_at_home, NULL },
	{ "kept after the quarantine", kept_after_quarantine, NULL },
	{ "a report names the node", report_names_the_node, NULL },
};

KT_MAIN_SETUP(KT_KDAL | KT_TARGET, need_two_nodes)
