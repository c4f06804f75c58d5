// SPDX-License-Identifier: GPL-2.0
/*
 * kdal_neighbour: a module without a bug that no rule names. KDAL must never
 * touch what it allocates.
 *
 *   /sys/kernel/debug/kdal_neighbour/cmd
 *       hold N SIZE	keep N objects of SIZE bytes (replaces those held)
 *       check		-EIO when an object held has changed
 *       dump		have the kernel log name the cache of the first object
 *       churn N SEED	N random allocations, filled, checked, freed
 */
#include <linux/debugfs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>

#include "churn.h"

#define HOLD_MAX 1024

static DEFINE_MUTEX(hold_mutex);
static struct churn_obj held[HOLD_MAX];
static struct dentry *dir;

static int hold(unsigned long n, unsigned long size)
{
	unsigned long i;
	int err = 0;

	for (i = 0; i < HOLD_MAX; i++) {
		err = churn_put(&held[i]) ?: err;
		if (i >= n || err)
			continue;
		held[i] = (struct churn_obj){ churn_alloc(size, GFP_KERNEL), size, i };
		if (!held[i].p)
			err = -ENOMEM;
		else
			memset(held[i].p, held[i].byte, size);
	}
	return err;
}

static int check(void)
{
	int i;

	for (i = 0; i < HOLD_MAX; i++)
		if (held[i].p && memchr_inv(held[i].p, held[i].byte, held[i].size))
			return -EIO;
	return 0;
}

static int dump(void)
{
#ifdef CONFIG_PRINTK
	kmem_dump_obj(held[0].p);
#endif
	return held[0].p ? 0 : -ENOENT;
}

static int command(const char *text)
{
	unsigned long a, b;
	int err = -EINVAL;

	if (sscanf(text, "churn %lu %lu", &a, &b) == 2)
		return churn(a, b);
	mutex_lock(&hold_mutex);
	if (sscanf(text, "hold %lu %lu", &a, &b) == 2)
		err = hold(min(a, HOLD_MAX), b);
	else if (!strncmp(text, "check", 5))
		err = check();
	else if (!strncmp(text, "dump", 4))
		err = dump();
	mutex_unlock(&hold_mutex);
	return err;
}

static ssize_t cmd_write(struct file *file, const char __user *ubuf, size_t count, loff_t *pos)
{
	char buf[64];
	int err;

	if (count >= sizeof(buf))
		return -EINVAL;
	if (copy_from_user(buf, ubuf, count))
		return -EFAULT;
	buf[count] = 0;
	err = command(buf);
	return err ?: count;
}

static const struct file_operations cmd_fops = {
	.owner = THIS_MODULE,
	.write = cmd_write,
};

static int __init neighbour_init(void)
{
	dir = debugfs_create_dir("kdal_neighbour", NULL);
	debugfs_create_file("cmd", 0200, dir, NULL, &cmd_fops);
	return 0;
}

static void __exit neighbour_exit(void)
{
	debugfs_remove(dir);
	hold(0, 0);
}

module_init(neighbour_init);
module_exit(neighbour_exit);
MODULE_DESCRIPTION("A module that no rule of KDAL's tests names");
MODULE_LICENSE("GPL");
