// SPDX-License-Identifier: GPL-2.0
/*
 * The counted sweep: each request of a module's init fails once. Whatever the
 * module makes of it, it must leave nothing behind and damage nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kdal.h"
#include "kt.h"

#define MAX_STEPS 200
#define FLAGS "FZPUAQLMC"

/* The call sites of kdal_sweep's init, in the order in which it comes by. */
static const char *const path[] = {
	"kdal_sweep_buffer", "kdal_sweep_object", "kdal_sweep_large",
	"kdal_sweep_name", "kdal_sweep_item", "kdal_sweep_name", "kdal_sweep_item",
	"kdal_sweep_name", "kdal_sweep_item",
};

/* Does the request that failed belong to @func? */
static bool failed_in(const char *func)
{
	char *text = kdal_fail_state(), *site = strstr(text, "\nsite: ");
	size_t len = strlen(func);
	bool is;

	is = site && !strncmp(site + 7, func, len) && site[7 + len] == '+';
	EXPECT(is, "not in %s: %s", func, text);
	free(text);
	return is;
}

/*
 * Loads @name with the Nth request failing; it is not loaded afterwards. The
 * value is the error of the load, *hit whether there is an Nth request.
 */
static int load_failing(const char *name, const char *args, int n, bool *hit)
{
	int err, unload;

	kdal_fail_nth(n);
	err = module_load(name, args);
	*hit = kdal_fail_hit();
	kdal_fail_nth(0);
	if (err)
		return err;
	unload = module_unload(name);
	REQUIRE(!unload, "cannot unload %s: %s", name, strerror(-unload));
	return 0;
}

static void need_sweep(void)
{
	kdal_need_faults();
	REQUIRE(!module_loaded("kdal_sweep"), "kdal_sweep is loaded");
	/*
	 * All but kdal_sweep_init(): kmem_cache_create() names a kobject on its
	 * behalf, where the kernel shows caches in sysfs.
	 */
	kdal_rule("module kdal_sweep func kdal_sweep_*e* =" FLAGS);
}

static void correct_module(const void *arg)
{
	size_t n;
	bool hit;

	(void)arg;
	need_sweep();
	for (n = 1; n <= ARRAY_LEN(path); n++) {
		EXPECT_EQ(load_failing("kdal_sweep", "", n, &hit), -ENOMEM);
		REQUIRE(hit, "request %zu is not there", n);
		EXPECT_EQ(kdal_stat("live_objects"), 0);
	}
	EXPECT_EQ(load_failing("kdal_sweep", "", n, &hit), 0);
	EXPECT(!hit, "there are more requests than %zu", ARRAY_LEN(path));
	EXPECT_EQ(kdal_stat("live_objects"), 0);
}

/* The request that fails is the one that the file names. */
static void names_the_site(const void *arg)
{
	size_t n;

	(void)arg;
	need_sweep();
	for (n = 1; n <= ARRAY_LEN(path); n++) {
		kdal_fail_nth(n);
		EXPECT_EQ(module_load("kdal_sweep", ""), -ENOMEM);
		failed_in(path[n - 1]);
	}
	kdal_fail_nth(0);
}

/* One error path forgets an object: found in that step, and in no other. */
static const struct bug {
	const char *args;
	size_t step;
	const char *site;
	const char *text;
} bugs[] = {
	{ "bug=1", 2, "kdal_sweep_buffer", "500 bytes" },
	{ "bug=2", 9, "kdal_sweep_name", "7 bytes" },
};

static void take_back(void)
{
	char *line = kmsg_line("kdal_sweep: left behind addr="), *at;

	REQUIRE(line && (at = strstr(line, "addr=")), "no address in the kernel log");
	target_do("adopt addr=%lld", atoll(at + 5));
	target_do("kfree");
	free(line);
}

static void buggy_module(const void *arg)
{
	const struct bug *bug = arg;
	size_t n;
	bool hit;

	need_sweep();
	for (n = 1; n <= ARRAY_LEN(path) + 1; n++) {
		load_failing("kdal_sweep", bug->args, n, &hit);
		EXPECT(hit == (n <= ARRAY_LEN(path)), "step %zu: hit is %d", n, hit);
		if (n == bug->step) {
			EXPECT_REPORT("WARNING: KDAL: leak at unload", bug->site,
				      { "1 object", bug->text, "[kdal_sweep]" },
				      .alloc = bug->site);
			take_back();
		} else {	/* nothing new, or it fails here and not at the end */
			reports_expect(NULL, 0);
		}
	}
}

/* Modules of the kernel: whatever fails, no report and no warning. */
static const struct real {
	const char *name;
	const char *args;
} brd = { "brd", "rd_nr=2" }, loop = { "loop", "max_loop=2" };

static void real_module(const void *arg)
{
	const struct real *real = arg;
	const char *name = real->name;
	int n, err, loaded = 0;
	bool hit = true;

	kdal_need_faults();
	if (!module_built(name))
		kt_skip("%s.ko is not there", name);
	if (module_loaded(name))
		kt_skip("%s is loaded", name);
	kdal_rule("module %s =" FLAGS, name);
	for (n = 1; hit && n <= MAX_STEPS; n++) {
		err = load_failing(name, real->args, n, &hit);
		/* not always -ENOMEM: a kobject without a name is -EINVAL */
		EXPECT(!err || hit, "%s: step %d: %s", name, n, strerror(-err));
		loaded += hit && !err;
		EXPECT_EQ(kdal_stat("live_objects"), 0);
	}
	EXPECT(!hit, "%s: more than %d requests", name, MAX_STEPS);
	EXPECT_GT(n, 2);
	kt_info("%s: %d requests, %d of which it does without", name, n - 2, loaded);
}

static const struct kt_case cases[] = {
	{ "correct module", correct_module, NULL },
	{ "names the site", names_the_site, NULL },
	{ "bug on an early path", buggy_module, &bugs[0] },
	{ "bug on the last path", buggy_module, &bugs[1] },
	{ "brd", real_module, &brd },
	{ "loop", real_module, &loop },
};

KT_MAIN(KT_KDAL | KT_TARGET)
