// SPDX-License-Identifier: GPL-2.0
/*
 * Several CPUs at once. Each runs the work of the case; the time is from the first
 * start to the last end, so it says how long each CPU's pairs took.
 */
#include <linux/cpumask.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "bench.h"

#define CPUS_MAX 4
#define RING 256	/* objects on their way from one CPU to the other */

struct worker {
	struct work_struct work;
	const struct bench_case *c;
	unsigned int cpu;
	unsigned int pairs;
	u64 start, end;
};

static struct workqueue_struct *wq;
/* Workers that have yet to begin; all begin together. */
static atomic_t missing;
/* Set by the producer, emptied by the consumer. */
static void *ring[RING];

static void work(struct work_struct *work)
{
	struct worker *w = container_of(work, struct worker, work);

	atomic_dec(&missing);
	while (atomic_read(&missing))
		cpu_relax();
	w->start = bench_now();
	w->c->work(w->cpu, w->pairs);
	w->end = bench_now();
}

u64 bench_cpus_time(const struct bench_case *c, unsigned int pairs)
{
	struct worker workers[CPUS_MAX];
	u64 start = U64_MAX, end = 0;
	unsigned int i;

	atomic_set(&missing, c->cpus);
	for (i = 0; i < c->cpus; i++) {
		workers[i].c = c;
		workers[i].cpu = i;
		workers[i].pairs = pairs;
		INIT_WORK_ONSTACK(&workers[i].work, work);
		queue_work_on(i, wq, &workers[i].work);
	}
	for (i = 0; i < c->cpus; i++) {
		flush_work(&workers[i].work);
		destroy_work_on_stack(&workers[i].work);
		start = min(start, workers[i].start);
		end = max(end, workers[i].end);
	}
	return end - start;
}

static void produce(unsigned int pairs)
{
	unsigned int i;

	for (i = 0; i < pairs; i++) {
		void *p = kmalloc(bench_size, GFP_NOWAIT);

		if (!p)		/* counts as one, but says so */
			p = ERR_PTR(-ENOMEM);
		while (READ_ONCE(ring[i % RING]))
			cpu_relax();
		/* Pairs with smp_load_acquire() of consume(). */
		smp_store_release(&ring[i % RING], p);
	}
}

static void consume(unsigned int pairs)
{
	unsigned int i;
	void *p;

	for (i = 0; i < pairs; i++) {
		/* Pairs with smp_store_release() of produce(). */
		while (!(p = smp_load_acquire(&ring[i % RING])))
			cpu_relax();
		/* Only this CPU empties a slot; produce() just polls it. */
		WRITE_ONCE(ring[i % RING], NULL);
		if (WARN_ONCE(IS_ERR(p), "no memory"))
			continue;
		kfree(p);
	}
}

void bench_handover(unsigned int cpu, unsigned int pairs)
{
	if (cpu)
		consume(pairs);
	else
		produce(pairs);
}

int bench_cpus_init(void)
{
	wq = alloc_workqueue("kdal_bench", WQ_CPU_INTENSIVE, 0);
	return wq ? 0 : -ENOMEM;
}

void bench_cpus_exit(void)
{
	destroy_workqueue(wq);
}
