// SPDX-License-Identifier: GPL-2.0
/*
 * The instructions that an allocation and its free execute, found by single-stepping
 * the CPU through them (the trap flag of x86). Prints, for each kind of pair,
 *
 *   kdal_bench: path kmalloc-64 alloc 57
 *   kdal_bench: at ffffffff81234560 ffffffff81234564 ...
 *   kdal_bench: path kmalloc-64 free 30
 *   kdal_bench: at ...
 *
 * the number of instructions outside of the module, and the addresses of the first
 * STEPS_MAX of them, in the order of execution.
 */
#include <linux/irqflags.h>
#include <linux/kdebug.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/ptrace.h>

#include <asm/debugreg.h>

#include "bench.h"

#define STEPS_MAX 2048
#define STEPS_A_LINE 8

/* Pairs from the same call sites before, so that the usual path is stepped. */
#define WARM 1000

static unsigned long steps[STEPS_MAX];
static unsigned int nr_steps;
static bool stepping;

static int on_debug(struct notifier_block *nb, unsigned long event, void *data)
{
	struct die_args *args = data;
	unsigned long *dr6 = (unsigned long *)args->err;

	if (event != DIE_DEBUG || !stepping || user_mode(args->regs) ||
	    !(*dr6 & DR_STEP))
		return NOTIFY_DONE;
	*dr6 &= ~DR_STEP;
	/* The instruction that comes next; it has not been executed yet. */
	if (!within_module(args->regs->ip, THIS_MODULE)) {
		if (nr_steps < STEPS_MAX)
			steps[nr_steps] = args->regs->ip;
		nr_steps++;
	}
	return NOTIFY_STOP;
}

static struct notifier_block debug_nb = { .notifier_call = on_debug };

static void set_trap_flag(void)
{
	nr_steps = 0;
	WRITE_ONCE(stepping, true);
	asm volatile("pushfq; orq %0, (%%rsp); popfq"
		     : : "i" (X86_EFLAGS_TF) : "memory", "cc");
}

static void clear_trap_flag(void)
{
	asm volatile("pushfq; andq %0, (%%rsp); popfq"
		     : : "i" (~X86_EFLAGS_TF) : "memory", "cc");
	WRITE_ONCE(stepping, false);
}

static void print_steps(const char *name, const char *what)
{
	unsigned int i, j;

	pr_info("path %s %s %u\n", name, what, nr_steps);
	for (i = 0; i < min(nr_steps, STEPS_MAX); i = j) {
		pr_info("at");
		for (j = i; j < min3(i + STEPS_A_LINE, nr_steps, STEPS_MAX); j++)
			pr_cont(" %px", (void *)steps[j]);
		pr_cont("\n");
	}
}

/* One call site for all pairs: the chain of callers is the same, too. */
static noinline void one_pair(const struct bench_kind *kind, bool step_alloc,
			      bool step_free)
{
	void *p;

	if (step_alloc)
		set_trap_flag();
	p = kind->alloc();
	clear_trap_flag();
	if (step_free)
		set_trap_flag();
	kind->free(p);
	clear_trap_flag();
}

/* Steps through the last of many pairs, or through the half of it. */
static void step_last(const struct bench_kind *kind, bool alloc, bool free)
{
	unsigned long flags;
	unsigned int i;

	local_irq_save(flags);
	for (i = 0; i <= WARM; i++)
		one_pair(kind, alloc && i == WARM, free && i == WARM);
	local_irq_restore(flags);
}

void bench_path(const char *name, const struct bench_kind *kind)
{
	if (register_die_notifier(&debug_nb))
		return;
	step_last(kind, true, false);
	print_steps(name, "alloc");
	step_last(kind, false, true);
	print_steps(name, "free");
	unregister_die_notifier(&debug_nb);
}
