// SPDX-License-Identifier: GPL-2.0
/*
 * copy_to_user() and copy_from_user() of an object: no further than was asked
 * for, and nothing that was never written.
 */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kdal.h"
#include "kt.h"

static char buf[16384];

/*
 * In a child, since a kernel that refuses a copy ends the task. The value is 0,
 * or something else if the copy failed.
 */
static int copy(bool to_user, unsigned int off, size_t len)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(target_copy(to_user, 0, off, buf, len) ? 1 : 0);
	waitpid(pid, &status, 0);
	return status;
}

/* @written bytes of an object of @size are initialised; then what is copied. */
static const struct leak {
	unsigned int size, written, off, len;
	const char *text;	/* in the report; NULL for none */
} leaks[] = {
	{ 256, 0, 0, 64, "64 uninitialised bytes at offset 0 " },
	{ 256, 100, 0, 108, "8 uninitialised bytes at offset 100 " },
	{ 256, 100, 90, 50, "40 uninitialised bytes at offset 100 " },
	{ 256, 100, 200, 16, "16 uninitialised bytes at offset 200 " },
	{ 8192, 8000, 0, 8192, "192 uninitialised bytes at offset 8000 " },
	/* all written, or less than 8 bytes of it not */
	{ 256, 256, 0, 256 },
	{ 256, 100, 0, 100 },
	{ 256, 100, 0, 107 },
	{ 256, 0, 0, 7 },
};

static void information_leak(const void *arg)
{
	size_t i;

	(void)arg;
	kdal_rule("module kdal_target");
	for (i = 0; i < ARRAY_LEN(leaks); i++) {
		const struct leak *l = &leaks[i];

		target_do("kmalloc size=%u", l->size);
		target_do("poke len=%u byte=0", l->written);
		EXPECT_EQ(copy(true, l->off, l->len), 0);
		if (l->text)
			EXPECT_REPORT("BUG: KDAL: information-leak", "kdal_target_kmalloc",
				      { l->text }, .alloc = "kdal_target_kmalloc",
				      .detected = "kdal_target_copy_to_user");
		target_do("kfree");
	}
}

static void zeroed_is_no_leak(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kzalloc size=256");
	EXPECT_EQ(copy(true, 0, 256), 0);
	target_do("kfree");
	target_do("kmalloc size=256 gfp=kernel|zero");
	EXPECT_EQ(copy(true, 0, 256), 0);
	target_do("kfree");
}

/* What came from user space may go back there, whatever it is. */
static void copied_in_is_no_leak(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	memset(buf, 0x99, sizeof(buf));
	target_do("kmalloc size=256");
	EXPECT_EQ(copy(false, 0, 256), 0);
	EXPECT_EQ(copy(true, 0, 256), 0);
}

/* Growing by krealloc() leaves the new part uninitialised. */
static void grown_by_krealloc(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc size=100");
	target_do("poke len=100 byte=0");
	target_do("krealloc size=400");
	EXPECT_EQ(copy(true, 0, 400), 0);
	EXPECT_REPORT("BUG: KDAL: information-leak", NULL,
		      { "300 uninitialised bytes at offset 100 " });
}

static const struct bound {
	bool to_user;
	unsigned int size, off, len;
	bool good;		/* it stays in the object */
} bounds[] = {
	{ true, 40, 0, 40, true },
	{ true, 40, 39, 1, true },
	{ true, 40, 0, 41, false },
	{ true, 40, 40, 1, false },
	{ true, 40, 10, 31, false },
	{ true, 40, 0, 64, false },
	{ true, 1, 0, 8, false },
	{ false, 40, 0, 40, true },
	{ false, 40, 0, 41, false },
	{ false, 40, 0, 44, false },
	{ false, 1, 0, 2, false },
};

#define OOB "BUG: KDAL: slab-out-of-bounds write"

/*
 * Copies that the kernel without KDAL lets pass, for they stay in the bucket,
 * pass with it as well, and are reported. (Beyond the bucket the kernel ends the
 * task, with a BUG of its own; that is not tried here.)
 */
static void bound(const void *arg)
{
	size_t i;

	(void)arg;
	memset(buf, 0x99, sizeof(buf));
	kdal_rule("module kdal_target");
	for (i = 0; i < ARRAY_LEN(bounds); i++) {
		const struct bound *b = &bounds[i];

		target_do("kmalloc size=%u", b->size);
		REQUIRE_EQ(kdal_stat("live_objects"), 1);
		target_do("poke len=%u", b->size);
		EXPECT(!copy(b->to_user, b->off, b->len), "%u bytes at %u of %u were refused",
		       b->len, b->off, b->size);
		if (!b->good)
			EXPECT_REPORT("BUG: KDAL: usercopy-overflow", "kdal_target_kmalloc",
				      { b->to_user ? "copy to user space" :
						     "copy from user space" },
				      .alloc = "kdal_target_kmalloc");
		target_do("kfree");
		/* what was copied in beyond the end is in the redzone now */
		if (!b->good && !b->to_user)
			EXPECT_REPORT(OOB, "kdal_target_kmalloc");
	}
}

/* kmem_cache_create_usercopy() says what may be copied; KDAL keeps to it. */
static void usersize_of_a_cache(const void *arg)
{
	(void)arg;
	target_do("cache_create size=200 usersize=100");
	kdal_rule("module kdal_target");
	target_do("cache_zalloc");
	REQUIRE_EQ(kdal_stat("live_objects"), 1);
	EXPECT_EQ(copy(true, 0, 100), 0);
	EXPECT_EQ(copy(false, 50, 50), 0);
}

static const struct kt_case cases[] = {
	{ "information leak", information_leak, NULL },
	{ "zeroed memory is no leak", zeroed_is_no_leak, NULL },
	{ "what was copied in is no leak", copied_in_is_no_leak, NULL },
	{ "leak after krealloc", grown_by_krealloc, NULL },
	{ "bound", bound, NULL },
	{ "usersize of a kmem_cache", usersize_of_a_cache, NULL },
};

KT_MAIN(KT_KDAL | KT_TARGET)
