// SPDX-License-Identifier: GPL-2.0
/* The kernel's own crash tests, module lkdtm: what KDAL makes of its heap bugs. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "kdal.h"
#include "kt.h"

#define DIRECT DEBUGFS "/provoke-crash/DIRECT"
#define IN(point) "lkdtm_" point

static void need_lkdtm(void)
{
	int err;

	if (!access(DIRECT, W_OK))
		return;
	if (!module_built("lkdtm"))
		kt_skip_all("lkdtm.ko is not there (CONFIG_LKDTM=m)");
	err = module_load("lkdtm", "");
	if (err)
		kt_skip_all("cannot load lkdtm.ko: %s", strerror(-err));
}

struct crash {
	const char *point;
	bool verify;		/* the damage shows in a sweep */
	struct want want;
};

/*
 * The last call of these functions may be a jump, so that a free in it is seen
 * as the caller's: allocation and the first of two frees are named exactly.
 */
static const struct crash overflow = {
	"SLAB_LINEAR_OVERFLOW", false,
	{ "BUG: KDAL: slab-out-of-bounds write", IN("SLAB_LINEAR_OVERFLOW"),
	  { "of size 1020", "first at offset 1024", "(4 bytes past", "[lkdtm]" },
	  .alloc = IN("SLAB_LINEAR_OVERFLOW") },
};

static const struct crash write_after_free = {
	"WRITE_AFTER_FREE", true,
	{ "BUG: KDAL: slab-use-after-free write", IN("WRITE_AFTER_FREE"),
	  { "of size 1024", "in the freed object", "first at offset 51" },
	  .alloc = IN("WRITE_AFTER_FREE"), .freed = IN("WRITE_AFTER_FREE") },
};

static const struct crash double_free = {
	"SLAB_FREE_DOUBLE", false,
	{ "BUG: KDAL: double-free in lkdtm_", NULL, { "lkdtm-heap-double_free" },
	  .alloc = IN("SLAB_FREE_DOUBLE"), .freed = IN("SLAB_FREE_DOUBLE") },
};

static const struct crash wrong_cache = {
	"SLAB_FREE_CROSS", false,
	{ "BUG: KDAL: wrong-cache-free in lkdtm_", NULL, { "lkdtm-heap-a", "lkdtm-heap-b" },
	  .alloc = IN("SLAB_FREE_CROSS") },
};

static void run(const void *arg)
{
	const struct crash *crash = arg;

	kdal_rule("module lkdtm");
	file_puts(DIRECT, crash->point);
	EXPECT_GT(kdal_hits("module lkdtm"), 0);
	if (crash->verify)
		kdal_verify();
	reports_expect(&crash->want, 1);
	/* what lkdtm leaves behind after a refused free is not ours to free */
}

static const struct kt_case cases[] = {
	{ "SLAB_LINEAR_OVERFLOW", run, &overflow },
	{ "WRITE_AFTER_FREE", run, &write_after_free },
	{ "SLAB_FREE_DOUBLE", run, &double_free },
	{ "SLAB_FREE_CROSS", run, &wrong_cache },
};

KT_MAIN_SETUP(KT_KDAL, need_lkdtm)
