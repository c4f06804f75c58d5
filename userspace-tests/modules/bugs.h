/* SPDX-License-Identifier: GPL-2.0 */
/* kdal_bugs: what the classes of bugs are made of. See bugs_main.c. */
#ifndef KDAL_TESTS_BUGS_H
#define KDAL_TESTS_BUGS_H

#include <linux/compiler.h>
#include <linux/slab.h>
#include <linux/types.h>

/*
 * What is wrong: "write", "far" (a write that reaches somebody else's memory),
 * "free", "left" (left behind), "user" (a copy to user space), "request" or "read".
 * After the last four the machine is as well as before. For "read" and "far" each
 * access has to be checked.
 */
struct bug_class {
	const char *name, *kind, *text;
	void (*run)(void);
};

extern const struct bug_class bugs_slab[];
extern const struct bug_class bugs_other[];

/* Said before and after the wrong step. */
void bug(void);
void over(void);

/* Is the @n-th object not yet the one to use? */
bool another(const void *p, unsigned int n);

/* The call stays in the function that uses this, whose name is wanted. */
#define GET(how)						\
({								\
	unsigned int __n = 0;					\
	u8 *__p;						\
								\
	while ((__p = (how)) && another(__p, __n++))		\
		kfree(__p);					\
	OPTIMIZER_HIDE_VAR(__p);				\
	__p;							\
})

#define CULPRIT(name) static noinline __noclone void culprit_##name(void)

/* Reads nothing first; what was there hardly was this. */
static inline void put(u8 *p, long off)
{
	WRITE_ONCE(p[off], 0xa7);
}

static inline void get(const u8 *p, long off)
{
	(void)READ_ONCE(p[off]);
}

static inline struct kmem_cache *cache_new(const char *name)
{
	return kmem_cache_create(name, 100, 0, SLAB_NO_MERGE, NULL);
}

#endif
