/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kdal_target: a module that does, on command, whatever a driver may do with
 * memory, rightly or wrongly. See target_main.c for the interface.
 */
#ifndef KDAL_TESTS_TARGET_H
#define KDAL_TESTS_TARGET_H

#include <linux/slab.h>
#include <linux/types.h>

#define TARGET_SLOTS 8192
#define TARGET_CACHES 4
#define TARGET_POOLS 4
#define TARGET_TEXT 8192

/*
 * A call site that a report shall name: a function of its own, under its own
 * name, with its own frame (each body ends in barrier(), so that its last call
 * is no jump).
 */
#define TARGET_SITE noinline __noclone

/* The arguments of one command; every field can be set by its name. */
struct target_args {
	s64 slot;	/* first slot */
	s64 n;		/* number of slots */
	s64 size;
	s64 off;	/* signed: in front of the object is negative */
	s64 len;
	s64 byte;	/* 0: no byte of a redzone or of poison is 0 */
	s64 node;
	s64 cache;	/* index into target_caches */
	s64 pool;	/* which mempool */
	s64 backing;	/* pool_create: see target_pool.c */
	s64 align;
	s64 ctor;	/* cache_create: 1 for a constructor */
	s64 usersize;	/* cache_create: bytes that may go to user space */
	s64 addr;
	s64 seed;
	s64 order;	/* of pages */
	gfp_t gfp;
	slab_flags_t flags;
	int ctx;	/* enum target_ctx */
};

struct target_slot {
	void *p;	/* kept after a free: double frees and writes need it */
	bool live;	/* to be freed by "reset" and at exit */
};

/* One command. Exactly one of the functions is set. */
struct target_cmd {
	const char *name;
	/* gives a slot its object; @old is what the slot held */
	void *(*alloc)(const struct target_args *a, void *old);
	void (*release)(const struct target_args *a, void *p);
	int (*run)(const struct target_args *a);
};

extern struct target_slot target_slots[TARGET_SLOTS];
extern struct kmem_cache *target_caches[TARGET_CACHES];
extern const struct target_cmd target_site_cmds[];
extern const struct target_cmd target_area_cmds[];
extern const struct target_cmd target_probe_cmds[];
extern const struct target_cmd target_page_cmds[];
extern const struct target_cmd target_pool_cmds[];

/* Text for whoever reads the cmd file next. */
__printf(1, 2) void target_result(const char *fmt, ...);

void target_device_del(void);
void target_caches_destroy(void);
void target_pools_destroy(void);
void target_free_live(void);
void target_areas_free(void);

#endif
