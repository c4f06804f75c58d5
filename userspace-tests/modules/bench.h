/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KDAL_TESTS_BENCH_H
#define KDAL_TESTS_BENCH_H

#undef pr_fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ktime.h>
#include <linux/printk.h>
#include <linux/timex.h>
#include <linux/types.h>

/* One kind of pair. */
struct bench_kind {
	void *(*alloc)(void);
	void (*free)(void *p);
	void (*pairs)(unsigned int pairs);
};

/* What can be timed. */
struct bench_case {
	const char *name;
	const struct bench_kind *kind;
	/* Of an object, for kinds that ask for bench_size. */
	size_t size;
	/* For kinds that allocate so many before they free any. */
	unsigned int batch;
	/* CPUs that work at once; 0: the one that loads the module. */
	unsigned int cpus;
	/* Time this instead of the kind's pairs; for several CPUs. */
	void (*work)(unsigned int cpu, unsigned int pairs);
	/* Its functions may sleep, so it runs with interrupts on. */
	bool sleeps;
};

/* What the kinds work on; set before they run. */
extern size_t bench_size;
extern unsigned int bench_batch;

const struct bench_case *bench_find(const char *name);
int bench_kinds_init(void);
void bench_kinds_exit(void);

int bench_cpus_init(void);
void bench_cpus_exit(void);
u64 bench_cpus_time(const struct bench_case *c, unsigned int pairs);
void bench_handover(unsigned int cpu, unsigned int pairs);

void bench_hold_exit(void);

/* Not ktime alone: its clock may be one that stands with interrupts off. */
static inline u64 bench_now(void)
{
	return get_cycles() ?: ktime_get_ns();
}

#ifdef CONFIG_X86_64
void bench_path(const char *name, const struct bench_kind *kind);
#else
static inline void bench_path(const char *name, const struct bench_kind *kind)
{
	pr_info("path: this architecture is not single-stepped\n");
}
#endif

#endif
