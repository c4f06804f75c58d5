// SPDX-License-Identifier: GPL-2.0
/*
 * kdal_bugs: one bug at each load, for scripts/bugtable.
 *
 *   insmod kdal_bugs.ko class=NAME [kfence=1]
 *
 * The init function does what class NAME is about, wrong step included, and
 * succeeds; rmmod ends it. On the console "kdal_bugs: bug" comes before the
 * wrong step and "kdal_bugs: over" after it, so that one can tell what was found
 * at once from what was found later. Each class is one function, culprit_*, which
 * a report has to name. Whoever else allocates is called bystander_*.
 *
 * With kfence=1 a slab object is asked for again and again until KFENCE serves it,
 * at the end of a page, and "kdal_bugs: sampled N of 50" says how many of the first
 * 50 requests, 1 ms apart, KFENCE served.
 *
 * The classes are in bugs_slab.c and bugs_other.c. The tables at their ends are also
 * the list that scripts/bugtable works on.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/kfence.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/string.h>

#include "bugs.h"

#define SAMPLES		50
#define GIVE_UP		20000

static char *class = "";
module_param(class, charp, 0444);
MODULE_PARM_DESC(class, "what to do wrong; see the tables in bugs_slab.c and bugs_other.c");

static bool kfence;
module_param(kfence, bool, 0444);
MODULE_PARM_DESC(kfence, "have KFENCE serve the object");

void bug(void)
{
	pr_notice("bug\n");
}

void over(void)
{
	pr_notice("over\n");
}

bool another(const void *p, unsigned int n)
{
	static unsigned int hits;

	if (!kfence)
		return false;
	if (n < SAMPLES) {
		hits += is_kfence_address(p);
		usleep_range(1000, 1001);
		return true;
	}
	if (n == SAMPLES)
		pr_notice("sampled %u of %u\n", hits, SAMPLES);
	usleep_range(1000, 1001);
	/* KFENCE puts every other object at the begin of its page. */
	return (!is_kfence_address(p) || !offset_in_page(p)) && n < GIVE_UP;
}

static const struct bug_class *find(const struct bug_class *c)
{
	for (; c->name; c++)
		if (!strcmp(c->name, class))
			return c;
	return NULL;
}

static int __init bugs_init(void)
{
	const struct bug_class *c = find(bugs_slab) ?: find(bugs_other);

	if (!c) {
		pr_err("no class \"%s\"\n", class);
		return -EINVAL;
	}
	c->run();
	return 0;
}

static void __exit bugs_exit(void)
{
}

module_init(bugs_init);
module_exit(bugs_exit);
MODULE_DESCRIPTION("Does one thing wrong with memory, for the table of bug classes");
MODULE_LICENSE("GPL");
