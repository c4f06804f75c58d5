/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What kdal_twin_a and kdal_twin_b are made of: one code under two names, so that
 * the call site of the one can lie where that of the other was.
 *
 *   /sys/module/kdal_twin_?/parameters/hold
 *       how many objects it holds; those from before are freed first
 */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>

#define HOLD_MAX 64

static void *held[HOLD_MAX];
static unsigned int hold;

static noinline __noclone void *kdal_twin_alloc(void)
{
	void *p = kmalloc(96, GFP_KERNEL);

	barrier();
	return p;
}

static void release(void)
{
	while (hold)
		kfree(held[--hold]);
}

static int hold_set(const char *val, const struct kernel_param *kp)
{
	unsigned int n;
	int err = kstrtouint(val, 0, &n);

	if (err || n > HOLD_MAX)
		return -EINVAL;
	for (release(); hold < n; hold++) {
		held[hold] = kdal_twin_alloc();
		if (!held[hold])
			return -ENOMEM;
	}
	return 0;
}

static const struct kernel_param_ops hold_ops = {
	.set = hold_set,
	.get = param_get_uint,
};
module_param_cb(hold, &hold_ops, &hold, 0600);

static int __init kdal_twin_init(void)
{
	return 0;
}

static void __exit kdal_twin_exit(void)
{
	release();
}

module_init(kdal_twin_init);
module_exit(kdal_twin_exit);
MODULE_DESCRIPTION("Has a twin of another name, for KDAL's userspace tests");
MODULE_LICENSE("GPL");
