// SPDX-License-Identifier: GPL-2.0
/*
 * kdal_target: does, on command, whatever a driver may do with memory.
 *
 *   /sys/kernel/debug/kdal_target/cmd    write: COMMAND [KEY=VALUE]...
 *                                        read: the result of the last command
 *   /sys/kernel/debug/kdal_target/data   read, write: copy_to_user() and
 *                                        copy_from_user() of the object in
 *                                        slot data_slot, from byte data_off on
 *
 * The commands are in target_sites.c, target_pages.c, target_areas.c,
 * target_pool.c and target_probe.c, the keys below. The machinery allocates
 * nothing, so that what KDAL counts is what was commanded.
 * For tests: the commands do what they are told, and can crash the machine.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "target.h"

enum target_ctx {
	CTX_TASK, CTX_IRQSOFF, CTX_SOFTIRQ, CTX_HARDIRQ,
	CTX_PREEMPTOFF, CTX_SPINLOCK, CTX_BHOFF, CTX_RCU, CTX_NOFS,
};

struct target_slot target_slots[TARGET_SLOTS];

/* Serialises the commands; guards the result, the slots and the caches. */
static DEFINE_MUTEX(cmd_mutex);
static char result[256];
static struct dentry *dir;

static unsigned int init_n;
module_param(init_n, uint, 0444);
MODULE_PARM_DESC(init_n, "objects to allocate in the init function, slot 0 on");

static unsigned int init_size = 64;
module_param(init_size, uint, 0444);

static int init_error;
module_param(init_error, int, 0444);
MODULE_PARM_DESC(init_error, "let the init function fail with this, its objects left behind");

static unsigned int data_slot;
module_param(data_slot, uint, 0644);

static unsigned int data_off;
module_param(data_off, uint, 0644);

void target_result(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(result, sizeof(result), fmt, ap);
	va_end(ap);
}

/* A name of a list joined by '|', and what it stands for. */
struct word {
	const char *name;
	unsigned int bits;
};

static const struct word gfp_words[] = {
	{ "kernel", (__force unsigned int)GFP_KERNEL },
	{ "atomic", (__force unsigned int)GFP_ATOMIC },
	{ "user", (__force unsigned int)GFP_USER },
	{ "highuser", (__force unsigned int)GFP_HIGHUSER },
	{ "nowait", (__force unsigned int)GFP_NOWAIT },
	{ "noio", (__force unsigned int)GFP_NOIO },
	{ "nofs", (__force unsigned int)GFP_NOFS },
	{ "highmem", (__force unsigned int)__GFP_HIGHMEM },
	{ "dma", (__force unsigned int)__GFP_DMA },
	{ "dma32", (__force unsigned int)__GFP_DMA32 },
	{ "zero", (__force unsigned int)__GFP_ZERO },
	{ "nowarn", (__force unsigned int)__GFP_NOWARN },
	{ "noretry", (__force unsigned int)__GFP_NORETRY },
	{ "nofail", (__force unsigned int)__GFP_NOFAIL },
	{ "thisnode", (__force unsigned int)__GFP_THISNODE },
	{ "account", (__force unsigned int)__GFP_ACCOUNT },
	{ }
};

static const struct word slab_words[] = {
	{ "hwcache", (__force unsigned int)SLAB_HWCACHE_ALIGN },
	{ "dma", (__force unsigned int)SLAB_CACHE_DMA },
	{ "dma32", (__force unsigned int)SLAB_CACHE_DMA32 },
	{ "account", (__force unsigned int)SLAB_ACCOUNT },
	{ "rcu", (__force unsigned int)SLAB_TYPESAFE_BY_RCU },
	{ }
};

static const struct word ctx_words[] = {
	{ "task", CTX_TASK },
	{ "irqsoff", CTX_IRQSOFF },
	{ "softirq", CTX_SOFTIRQ },
	{ "hardirq", CTX_HARDIRQ },
	{ "preemptoff", CTX_PREEMPTOFF },
	{ "spinlock", CTX_SPINLOCK },
	{ "bhoff", CTX_BHOFF },
	{ "rcu", CTX_RCU },
	{ "nofs", CTX_NOFS },		/* GFP_KERNEL is masked there, and right */
	{ }
};

struct key {
	const char *name;
	size_t at;			/* of a number in struct target_args */
};

#define KEY(field) { #field, offsetof(struct target_args, field) }

static const struct key keys[] = {
	KEY(slot), KEY(n), KEY(size), KEY(off), KEY(len), KEY(byte), KEY(node),
	KEY(cache), KEY(pool), KEY(backing), KEY(align), KEY(ctor), KEY(usersize),
	KEY(addr), KEY(seed), KEY(order),
	{ }
};

static int parse_words(char *list, const struct word *words, unsigned int *bits)
{
	const struct word *w;
	char *name;

	*bits = 0;
	while ((name = strsep(&list, "|"))) {
		for (w = words; w->name && strcmp(w->name, name); w++)
			;
		if (!w->name)
			return -EINVAL;
		*bits |= w->bits;
	}
	return 0;
}

static int parse_number(const char *name, const char *value, struct target_args *a)
{
	const struct key *k;

	for (k = keys; k->name; k++)
		if (!strcmp(k->name, name))
			return kstrtos64(value, 0, (void *)a + k->at);
	return -EINVAL;
}

static int parse_arg(char *arg, struct target_args *a)
{
	char *name = strsep(&arg, "=");
	unsigned int bits = 0;
	int err;

	if (!arg)
		return -EINVAL;
	if (!strcmp(name, "gfp")) {
		err = parse_words(arg, gfp_words, &bits);
		a->gfp = (__force gfp_t)bits;
	} else if (!strcmp(name, "flags")) {
		err = parse_words(arg, slab_words, &bits);
		a->flags = (__force slab_flags_t)bits;
	} else if (!strcmp(name, "ctx")) {
		err = parse_words(arg, ctx_words, &bits);
		a->ctx = bits;
	} else {
		err = parse_number(name, arg, a);
	}
	return err;
}

static int parse(char *text, struct target_args *a)
{
	char *arg;
	int err;

	*a = (struct target_args){
		.n = 1, .size = 64, .len = 1, .node = NUMA_NO_NODE,
		.gfp = GFP_KERNEL,
	};
	while ((arg = strsep(&text, " "))) {
		err = *arg ? parse_arg(arg, a) : 0;
		if (err)
			return err;
	}
	return 0;
}

static bool slots_exist(const struct target_args *a)
{
	return a->slot >= 0 && a->n >= 0 && a->slot + a->n <= TARGET_SLOTS;
}

static const struct target_cmd *find(const char *name)
{
	static const struct target_cmd * const tables[] = {
		target_site_cmds, target_page_cmds, target_area_cmds,
		target_pool_cmds, target_probe_cmds,
	};
	const struct target_cmd *c;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tables); i++)
		for (c = tables[i]; c->name; c++)
			if (!strcmp(c->name, name))
				return c;
	return NULL;
}

static int alloc_slots(const struct target_cmd *c, const struct target_args *a)
{
	s64 i;

	for (i = 0; i < a->n; i++) {
		struct target_slot *s = &target_slots[a->slot + i];
		void *p = c->alloc(a, s->p);

		if (!p) {
			target_result("got=%lld\n", i);
			return -ENOMEM;
		}
		/* The others are freed with the device or the pool, or by page. */
		*s = (struct target_slot){
			p, strncmp(c->name, "devm", 4) &&
			   strncmp(c->name, "page", 4) &&
			   strncmp(c->name, "pool", 4)
		};
	}
	target_result("got=%lld\n", a->n);
	return 0;
}

static int release_slots(const struct target_cmd *c, const struct target_args *a)
{
	s64 i;

	for (i = 0; i < a->n; i++) {
		target_slots[a->slot + i].live = false;
		c->release(a, target_slots[a->slot + i].p);
	}
	return 0;
}

static int execute(const struct target_cmd *c, const struct target_args *a)
{
	if (c->alloc)
		return alloc_slots(c, a);
	if (c->release)
		return release_slots(c, a);
	return c->run(a);
}

/* A command on its way into another context. */
struct job {
	const struct target_cmd *cmd;
	const struct target_args *args;
	int err;
	struct completion done;
	struct irq_work irq;
	struct tasklet_struct tasklet;
};

static void job_run(struct job *job)
{
	job->err = execute(job->cmd, job->args);
	complete(&job->done);
}

static void job_hardirq(struct irq_work *irq)
{
	job_run(container_of(irq, struct job, irq));
}

static void job_softirq(struct tasklet_struct *tasklet)
{
	job_run(container_of(tasklet, struct job, tasklet));
}

static void execute_irqsoff(struct job *job)
{
	unsigned long flags;

	local_irq_save(flags);
	job->err = execute(job->cmd, job->args);
	local_irq_restore(flags);
}

/* Contexts that a task enters and leaves. */
static void execute_task(struct job *job)
{
	static DEFINE_SPINLOCK(lock);
	unsigned int nofs = 0;

	switch (job->args->ctx) {
	case CTX_PREEMPTOFF: preempt_disable(); break;
	case CTX_SPINLOCK: spin_lock_irq(&lock); break;
	case CTX_BHOFF: local_bh_disable(); break;
	case CTX_RCU: rcu_read_lock(); break;
	case CTX_NOFS: nofs = memalloc_nofs_save(); break;
	}
	job->err = execute(job->cmd, job->args);
	switch (job->args->ctx) {
	case CTX_PREEMPTOFF: preempt_enable(); break;
	case CTX_SPINLOCK: spin_unlock_irq(&lock); break;
	case CTX_BHOFF: local_bh_enable(); break;
	case CTX_RCU: rcu_read_unlock(); break;
	case CTX_NOFS: memalloc_nofs_restore(nofs); break;
	}
}

static int execute_in(const struct target_cmd *c, const struct target_args *a)
{
	static struct job job;		/* under cmd_mutex */

	job = (struct job){ .cmd = c, .args = a };
	init_completion(&job.done);
	switch (a->ctx) {
	case CTX_IRQSOFF:
		execute_irqsoff(&job);
		break;
	case CTX_SOFTIRQ:
		tasklet_setup(&job.tasklet, job_softirq);
		tasklet_schedule(&job.tasklet);
		wait_for_completion(&job.done);
		tasklet_kill(&job.tasklet);
		break;
	case CTX_HARDIRQ:
		/* Not _HARD, in which no allocation is allowed with PREEMPT_RT. */
		job.irq = IRQ_WORK_INIT(job_hardirq);
		irq_work_queue(&job.irq);
		wait_for_completion(&job.done);
		irq_work_sync(&job.irq);
		break;
	default:
		execute_task(&job);
		break;
	}
	return job.err;
}

static int command(char *text)
{
	const struct target_cmd *c = find(strsep(&text, " "));
	struct target_args a;
	int err;

	if (!c)
		return -ENOENT;
	err = parse(text, &a);
	if (err)
		return err;
	if (!strcmp(c->name, "churn"))	/* has no state: may run in parallel */
		return c->run(&a);
	if (!slots_exist(&a))
		return -ERANGE;
	mutex_lock(&cmd_mutex);
	target_result("\n");
	err = execute_in(c, &a);
	mutex_unlock(&cmd_mutex);
	return err;
}

static ssize_t cmd_write(struct file *file, const char __user *ubuf, size_t count, loff_t *pos)
{
	char buf[256];
	int err;

	if (count >= sizeof(buf))
		return -EINVAL;
	if (copy_from_user(buf, ubuf, count))
		return -EFAULT;
	buf[count] = 0;
	err = command(strim(buf));
	return err ?: count;
}

static ssize_t cmd_read(struct file *file, char __user *ubuf, size_t count, loff_t *pos)
{
	return simple_read_from_buffer(ubuf, count, pos, result, strlen(result));
}

static const struct file_operations cmd_fops = {
	.owner = THIS_MODULE,
	.read = cmd_read,
	.write = cmd_write,
};

/* No lock: a copy that the kernel refuses may end the task right here. */
static TARGET_SITE ssize_t kdal_target_copy_to_user(struct file *file, char __user *ubuf,
						    size_t count, loff_t *pos)
{
	const void *p = target_slots[data_slot % TARGET_SLOTS].p + data_off;

	return copy_to_user(ubuf, p, count) ? -EFAULT : count;
}

static TARGET_SITE ssize_t kdal_target_copy_from_user(struct file *file, const char __user *ubuf,
						      size_t count, loff_t *pos)
{
	void *p = target_slots[data_slot % TARGET_SLOTS].p + data_off;

	return copy_from_user(p, ubuf, count) ? -EFAULT : count;
}

static const struct file_operations data_fops = {
	.owner = THIS_MODULE,
	.read = kdal_target_copy_to_user,
	.write = kdal_target_copy_from_user,
};

/* In init text: gone by the time that anybody reads its stack. */
static noinline void __init *kdal_target_init_alloc(void)
{
	void *p = kmalloc(init_size, GFP_KERNEL);

	barrier();
	return p;
}

static int __init kdal_target_init(void)
{
	unsigned int i;

	for (i = 0; i < init_n && i < TARGET_SLOTS; i++) {
		void *p = kdal_target_init_alloc();

		target_slots[i] = (struct target_slot){ p, true };
		if (init_error)
			pr_info("left behind addr=%ld\n", (long)p);
	}
	if (init_error)
		return init_error;
	dir = debugfs_create_dir("kdal_target", NULL);
	debugfs_create_file("cmd", 0600, dir, NULL, &cmd_fops);
	debugfs_create_file("data", 0600, dir, NULL, &data_fops);
	return 0;
}

static void __exit kdal_target_exit(void)
{
	debugfs_remove(dir);
	target_pools_destroy();
	target_free_live();
	target_areas_free();
	target_caches_destroy();
	target_device_del();
}

module_init(kdal_target_init);
module_exit(kdal_target_exit);
MODULE_DESCRIPTION("Does what KDAL's userspace tests command");
MODULE_LICENSE("GPL");
