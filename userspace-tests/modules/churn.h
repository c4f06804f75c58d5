/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A correct but busy user of kmalloc(): what a module without a bug does. The
 * target and the neighbour run the same code, so any difference between them
 * is KDAL's.
 */
#ifndef KDAL_TESTS_CHURN_H
#define KDAL_TESTS_CHURN_H

#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#define CHURN_LIVE 16
#define CHURN_MAX_SIZE 8192

struct churn_obj {
	u8 *p;
	size_t size;
	u8 byte;
};

static noinline void *churn_alloc(size_t size, gfp_t gfp)
{
	void *p = kmalloc(size, gfp);

	barrier();
	return p;
}

static noinline void churn_free(const void *p)
{
	kfree(p);
	barrier();
}

/* Returns 0, or -EIO when the object no longer holds what was written. */
static int churn_put(struct churn_obj *o)
{
	int err = 0;

	if (o->p && memchr_inv(o->p, o->byte, o->size))
		err = -EIO;
	churn_free(o->p);
	o->p = NULL;
	return err;
}

static int churn_get(struct churn_obj *o, struct rnd_state *rnd)
{
	o->size = 1 + prandom_u32_state(rnd) % CHURN_MAX_SIZE;
	if (prandom_u32_state(rnd) & 3)
		o->size = 1 + o->size % 512;
	o->byte = prandom_u32_state(rnd);
	o->p = churn_alloc(o->size, GFP_KERNEL);
	if (!o->p)
		return -ENOMEM;
	memset(o->p, o->byte, o->size);
	return 0;
}

/**
 * churn() - allocate, fill, check and free objects of random sizes
 * @steps: number of objects to replace
 * @seed: of the sequence of sizes and contents
 *
 * Return: 0, -ENOMEM, or -EIO when an object changed under its owner.
 */
static int churn(unsigned long steps, u64 seed)
{
	struct churn_obj live[CHURN_LIVE] = { };
	struct rnd_state rnd;
	int err = 0, i;

	prandom_seed_state(&rnd, seed);
	while (steps-- && !err) {
		struct churn_obj *o = &live[prandom_u32_state(&rnd) % CHURN_LIVE];

		err = churn_put(o);
		if (!err)
			err = churn_get(o, &rnd);
		cond_resched();
	}
	for (i = 0; i < CHURN_LIVE; i++)
		err = churn_put(&live[i]) ?: err;
	return err;
}

#endif
