// SPDX-License-Identifier: GPL-2.0
/*
 * kdal_bench: what a kmalloc() + kfree() pair costs. Prints, when loaded,
 *
 *   kdal_bench: kmalloc-64 NNN
 *   kdal_bench: kmalloc-1024 NNN
 *
 * with the cycles of the CPU's counter per pair, or nanoseconds where it has none.
 * Under QEMU with "-icount shift=0,sleep=off -cpu qemu64 -smp 1" a cycle is one
 * instruction, and the numbers repeat exactly.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/irqflags.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timex.h>

/* Pairs timed in one stretch with interrupts off. */
#define CHUNK 100

static unsigned int iterations = 10000;
module_param(iterations, uint, 0444);

static unsigned int sizes[8] = { 64, 1024 };
static unsigned int nr_sizes = 2;
module_param_array(sizes, uint, &nr_sizes, 0444);

static noinline __noclone void kdal_bench_pairs(size_t size, unsigned int pairs)
{
	while (pairs--) {
		void *p = kmalloc(size, GFP_NOWAIT);

		OPTIMIZER_HIDE_VAR(p);
		kfree(p);
	}
}

/* Not ktime alone: its clock may be one that stands with interrupts off. */
static u64 now(void)
{
	return get_cycles() ?: ktime_get_ns();
}

static u64 time_chunk(size_t size)
{
	unsigned long flags;
	u64 start, end;

	local_irq_save(flags);
	start = now();
	kdal_bench_pairs(size, CHUNK);
	end = now();
	local_irq_restore(flags);
	return end - start;
}

/* Cycles of a pair, after one untimed round to fill every cache. */
static u64 time_pair(size_t size)
{
	unsigned int chunks = max(1U, iterations / CHUNK), i;
	u64 sum = 0;

	for (i = 0; i < 2 * chunks; i++) {
		u64 t = time_chunk(size);

		if (i >= chunks)
			sum += t;
		cond_resched();
	}
	return div_u64(sum + chunks * CHUNK / 2, chunks * CHUNK);
}

static int __init kdal_bench_init(void)
{
	unsigned int i;

	for (i = 0; i < nr_sizes; i++)
		pr_info("kmalloc-%u %llu\n", sizes[i], time_pair(sizes[i]));
	return 0;
}

static void __exit kdal_bench_exit(void)
{
}

module_init(kdal_bench_init);
module_exit(kdal_bench_exit);
MODULE_DESCRIPTION("Times kmalloc() and kfree() for KDAL's benchmark");
MODULE_LICENSE("GPL");
