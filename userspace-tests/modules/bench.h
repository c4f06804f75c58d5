/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KDAL_TESTS_BENCH_H
#define KDAL_TESTS_BENCH_H

#undef pr_fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/printk.h>

/* One kind of pair. */
struct bench_kind {
	void *(*alloc)(void);
	void (*free)(void *p);
	void (*pairs)(unsigned int pairs);
};

#ifdef CONFIG_X86_64
void bench_path(const char *name, const struct bench_kind *kind);
#else
static inline void bench_path(const char *name, const struct bench_kind *kind)
{
	pr_info("path: this architecture is not single-stepped\n");
}
#endif

#endif
