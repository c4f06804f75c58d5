/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of KUnit as the suites of pure code need, in user space: one suite a
 * program, KTAP on the standard output, exit status 0 only if all passed.
 */
#ifndef SHIM_KUNIT_TEST_H
#define SHIM_KUNIT_TEST_H

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/array_size.h>
#include <linux/gfp_types.h>
#include <linux/string.h>
#include <linux/types.h>

#define KUNIT_PARAM_DESC_SIZE	128
#define KUNIT_MAX_ALLOCS	64

struct kunit {
	const void *param_value;
	void *priv;
	bool failed;
	bool skipped;
	jmp_buf abort;
	void *allocs[KUNIT_MAX_ALLOCS];
};

struct kunit_case {
	void (*run_case)(struct kunit *test);
	const char *name;
	const void *(*generate_params)(const void *prev, char *desc);
};

struct kunit_suite {
	const char name[256];
	int (*init)(struct kunit *test);
	void (*exit)(struct kunit *test);
	struct kunit_case *test_cases;
};

#define KUNIT_CASE(fn)			{ .run_case = fn, .name = #fn }
#define KUNIT_CASE_SLOW(fn)		KUNIT_CASE(fn)
#define KUNIT_CASE_PARAM(fn, gen) \
	{ .run_case = fn, .name = #fn, .generate_params = gen }

#define KUNIT_ARRAY_PARAM(name, array, get_desc)			\
	static const void *name##_gen_params(const void *prev, char *desc) \
	{								\
		__typeof__((array)[0]) *next = prev ?			\
			(__typeof__(next))prev + 1 : (array);		\
		void (*describe)(__typeof__(next), char *) = get_desc;	\
									\
		if (next >= (array) + ARRAY_SIZE(array))		\
			return NULL;					\
		if (describe)						\
			describe(next, desc);				\
		return next;						\
	}

#define KUNIT_ARRAY_PARAM_DESC(name, array, member)			\
	static const void *name##_gen_params(const void *prev, char *desc) \
	{								\
		__typeof__((array)[0]) *next = prev ?			\
			(__typeof__(next))prev + 1 : (array);		\
									\
		if (next >= (array) + ARRAY_SIZE(array))		\
			return NULL;					\
		strscpy(desc, next->member, KUNIT_PARAM_DESC_SIZE);	\
		return next;						\
	}

#define kunit_info(test, fmt, ...)	printf("# " fmt, ##__VA_ARGS__)

#define kunit_skip(test, fmt, ...)					\
	do {								\
		printf("# " fmt "\n", ##__VA_ARGS__);			\
		(test)->skipped = true;					\
		longjmp((test)->abort, 1);				\
	} while (0)

#define KUNIT_FAIL(test, fmt, ...)					\
	do {								\
		printf("# %s:%d: " fmt "\n", __FILE__, __LINE__,	\
		       ##__VA_ARGS__);					\
		(test)->failed = true;					\
	} while (0)

/* @type: integer type that the values are printed by way of */
#define KUNIT_SHIM_COMPARE(test, type, a, op, b, stop)			\
	do {								\
		__typeof__(a) __l = (a);				\
		__typeof__(b) __r = (b);				\
									\
		if (__l op __r)						\
			break;						\
		KUNIT_FAIL(test, "expected %s " #op " %s, but they are %lld and %lld", \
			   #a, #b, (long long)(type)__l,			\
			   (long long)(type)__r);	\
		if (stop)						\
			longjmp((test)->abort, 1);			\
	} while (0)

#define KUNIT_SHIM_BINARY(test, a, op, b, stop) \
	KUNIT_SHIM_COMPARE(test, long long, a, op, b, stop)
#define KUNIT_SHIM_PTR(test, a, op, b, stop) \
	KUNIT_SHIM_COMPARE(test, intptr_t, a, op, b, stop)

#define KUNIT_SHIM_STR(test, a, op, b, stop)				\
	do {								\
		const char *__l = (a), *__r = (b);			\
									\
		if (__l && __r && strcmp(__l, __r) op 0)		\
			break;						\
		KUNIT_FAIL(test, "expected %s " #op " %s, but they are '%s' and '%s'", \
			   #a, #b, __l ? __l : "(null)",		\
			   __r ? __r : "(null)");			\
		if (stop)						\
			longjmp((test)->abort, 1);			\
	} while (0)

#define KUNIT_EXPECT_EQ(t, a, b)	KUNIT_SHIM_BINARY(t, a, ==, b, 0)
#define KUNIT_EXPECT_NE(t, a, b)	KUNIT_SHIM_BINARY(t, a, !=, b, 0)
#define KUNIT_EXPECT_LT(t, a, b)	KUNIT_SHIM_BINARY(t, a, <, b, 0)
#define KUNIT_EXPECT_LE(t, a, b)	KUNIT_SHIM_BINARY(t, a, <=, b, 0)
#define KUNIT_EXPECT_GT(t, a, b)	KUNIT_SHIM_BINARY(t, a, >, b, 0)
#define KUNIT_EXPECT_GE(t, a, b)	KUNIT_SHIM_BINARY(t, a, >=, b, 0)
#define KUNIT_EXPECT_PTR_EQ(t, a, b)	KUNIT_SHIM_PTR(t, a, ==, b, 0)
#define KUNIT_EXPECT_PTR_NE(t, a, b)	KUNIT_SHIM_PTR(t, a, !=, b, 0)
#define KUNIT_EXPECT_TRUE(t, a)		KUNIT_SHIM_BINARY(t, !!(a), ==, true, 0)
#define KUNIT_EXPECT_FALSE(t, a)	KUNIT_SHIM_BINARY(t, !!(a), ==, false, 0)
#define KUNIT_EXPECT_NULL(t, a) \
	KUNIT_SHIM_PTR(t, (const void *)(a), ==, (const void *)NULL, 0)
#define KUNIT_EXPECT_NOT_NULL(t, a) \
	KUNIT_SHIM_PTR(t, (const void *)(a), !=, (const void *)NULL, 0)
#define KUNIT_EXPECT_STREQ(t, a, b)	KUNIT_SHIM_STR(t, a, ==, b, 0)
#define KUNIT_EXPECT_STRNEQ(t, a, b)	KUNIT_SHIM_STR(t, a, !=, b, 0)

#define KUNIT_ASSERT_EQ(t, a, b)	KUNIT_SHIM_BINARY(t, a, ==, b, 1)
#define KUNIT_ASSERT_NE(t, a, b)	KUNIT_SHIM_BINARY(t, a, !=, b, 1)
#define KUNIT_ASSERT_LT(t, a, b)	KUNIT_SHIM_BINARY(t, a, <, b, 1)
#define KUNIT_ASSERT_LE(t, a, b)	KUNIT_SHIM_BINARY(t, a, <=, b, 1)
#define KUNIT_ASSERT_GT(t, a, b)	KUNIT_SHIM_BINARY(t, a, >, b, 1)
#define KUNIT_ASSERT_GE(t, a, b)	KUNIT_SHIM_BINARY(t, a, >=, b, 1)
#define KUNIT_ASSERT_PTR_EQ(t, a, b)	KUNIT_SHIM_PTR(t, a, ==, b, 1)
#define KUNIT_ASSERT_TRUE(t, a)		KUNIT_SHIM_BINARY(t, !!(a), ==, true, 1)
#define KUNIT_ASSERT_FALSE(t, a)	KUNIT_SHIM_BINARY(t, !!(a), ==, false, 1)
#define KUNIT_ASSERT_NOT_NULL(t, a) \
	KUNIT_SHIM_PTR(t, (const void *)(a), !=, (const void *)NULL, 1)
#define KUNIT_ASSERT_STREQ(t, a, b)	KUNIT_SHIM_STR(t, a, ==, b, 1)

static inline void *kunit_kmalloc(struct kunit *test, size_t size, int gfp)
{
	size_t i;

	for (i = 0; i < KUNIT_MAX_ALLOCS; i++) {
		if (test->allocs[i])
			continue;
		test->allocs[i] = malloc(size);
		return test->allocs[i];
	}
	return NULL;
}

static inline void *kunit_kzalloc(struct kunit *test, size_t size, int gfp)
{
	void *p = kunit_kmalloc(test, size, gfp);

	if (p)
		memset(p, 0, size);
	return p;
}

static inline void kunit_kfree(struct kunit *test, const void *p)
{
	size_t i;

	for (i = 0; p && i < KUNIT_MAX_ALLOCS; i++) {
		if (test->allocs[i] == p) {
			free(test->allocs[i]);
			test->allocs[i] = NULL;
			return;
		}
	}
}

static inline void kunit_shim_run(const struct kunit_suite *suite,
				  const struct kunit_case *c,
				  struct kunit *test)
{
	size_t i;

	if (!setjmp(test->abort)) {
		if (suite->init && suite->init(test))
			KUNIT_FAIL(test, "init failed");
		else
			c->run_case(test);
	}
	if (suite->exit)
		suite->exit(test);
	for (i = 0; i < KUNIT_MAX_ALLOCS; i++)
		free(test->allocs[i]);
}

static inline void kunit_shim_result(const struct kunit *test, const char *indent,
				     int nr, const char *name)
{
	printf("%s%s %d %s%s\n", indent, test->failed ? "not ok" : "ok", nr,
	       name, test->skipped ? " # SKIP" : "");
}

/* Return: true if the case, and every one of its parameters, passed. */
static inline bool kunit_shim_case(const struct kunit_suite *suite,
				   const struct kunit_case *c, int nr)
{
	static struct kunit all, one;
	char desc[KUNIT_PARAM_DESC_SIZE];
	const void *param = NULL;
	int n = 0;

	memset(&all, 0, sizeof(all));
	if (!c->generate_params) {
		kunit_shim_run(suite, c, &all);
		kunit_shim_result(&all, "    ", nr, c->name);
		return !all.failed;
	}
	printf("        KTAP version 1\n        # Subtest: %s\n", c->name);
	for (;;) {
		memset(&one, 0, sizeof(one));
		desc[0] = '\0';
		param = c->generate_params(param, desc);
		if (!param)
			break;
		one.param_value = param;
		kunit_shim_run(suite, c, &one);
		kunit_shim_result(&one, "        ", ++n, desc);
		all.failed |= one.failed;
	}
	all.failed |= !n;
	printf("        1..%d\n", n);
	kunit_shim_result(&all, "    ", nr, c->name);
	return !all.failed;
}

static inline int kunit_shim_main(const struct kunit_suite *suite)
{
	const struct kunit_case *c;
	int nr = 0, failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (c = suite->test_cases; c->run_case; c++)
		nr++;
	printf("KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: %s\n    1..%d\n",
	       suite->name, nr);
	nr = 0;
	for (c = suite->test_cases; c->run_case; c++)
		failed += !kunit_shim_case(suite, c, ++nr);
	printf("%s 1 %s\n", failed || !nr ? "not ok" : "ok", suite->name);
	return failed || !nr;
}

#define kunit_test_suite(suite)						\
	int main(void)							\
	{								\
		return kunit_shim_main(&suite);				\
	}

#endif
