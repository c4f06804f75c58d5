// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of live objects: the module holds as many objects of hold_size bytes as
 * were last written to /sys/module/kdal_bench/parameters/hold. Whoever writes it
 * looks at the free memory before and after.
 */
#include <linux/moduleparam.h>
#include <linux/slab.h>

#include "bench.h"

#define HOLD_MAX 32768

static unsigned int hold_size = 64;
module_param(hold_size, uint, 0444);

static void *held[HOLD_MAX];
static unsigned int nr_held;

static int hold(unsigned int n)
{
	while (nr_held > n)
		kfree(held[--nr_held]);
	while (nr_held < n) {
		void *p = kmalloc(hold_size, GFP_KERNEL);

		if (!p)
			return -ENOMEM;
		held[nr_held++] = p;
	}
	return 0;
}

static int hold_set(const char *text, const struct kernel_param *kp)
{
	unsigned int n;
	int err;

	err = kstrtouint(text, 0, &n);
	if (err)
		return err;
	return n <= HOLD_MAX ? hold(n) : -EINVAL;
}

static const struct kernel_param_ops hold_ops = {
	.set = hold_set,
	.get = param_get_uint,
};

module_param_cb(hold, &hold_ops, &nr_held, 0644);

void bench_hold_exit(void)
{
	hold(0);
}
