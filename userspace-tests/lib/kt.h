/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The test harness: a table of cases, KTAP on stdout, kselftest's exit codes.
 *
 * Every case starts from "KDAL is off, no report is waiting" and must leave it
 * so: a report that the case did not ask for, a warning in the kernel log or a
 * rule whose memory does not come back fails the case.
 */
#ifndef KDAL_TESTS_KT_H
#define KDAL_TESTS_KT_H

#include <stdbool.h>
#include <stddef.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* What a suite needs; it is skipped, with the reason, where that is missing. */
enum kt_needs {
	KT_KDAL = 1,		/* KDAL's files in debugfs */
	KT_TARGET = 2,		/* the module kdal_target, loaded by the harness */
	KT_NEIGHBOUR = 4,	/* the module kdal_neighbour, likewise */
	KT_LINGER = 8,		/* objects of the rule may outlive the case */
};

struct kt_case {
	const char *name;
	void (*run)(const void *arg);
	const void *arg;
};

struct kt_suite {
	unsigned int needs;
	const struct kt_case *cases;
	size_t n;
	void (*setup)(void);	/* before the plan; may call kt_skip_all() */
};

int kt_main(const struct kt_suite *suite);

/* The body of main() for a suite whose cases are the array "cases". */
#define KT_MAIN(needs_) KT_MAIN_SETUP(needs_, NULL)
#define KT_MAIN_SETUP(needs_, setup_)						\
int main(void)									\
{										\
	const struct kt_suite suite = {						\
		.needs = needs_, .cases = cases, .n = ARRAY_LEN(cases),		\
		.setup = setup_,						\
	};									\
										\
	return kt_main(&suite);							\
}

/* Fails the case, which goes on. */
void kt_fail(const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Ends the case: failed, or skipped for a reason. */
void kt_abort(void) __attribute__((noreturn));
void kt_skip(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* Ends the program before its plan: nothing here can run. */
void kt_skip_all(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* A line of diagnosis. */
void kt_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Has the case failed already? */
bool kt_failed(void);

#define FAIL(...) kt_fail(__FILE__, __LINE__, __VA_ARGS__)

#define EXPECT(cond, ...)							\
	((cond) ? true : (kt_fail(__FILE__, __LINE__, __VA_ARGS__), false))

#define EXPECT_OP(a, op, b) ({							\
	long long a_ = (a), b_ = (b);						\
										\
	EXPECT(a_ op b_, "%s %s %s: %lld and %lld", #a, #op, #b, a_, b_);	\
})
#define EXPECT_EQ(a, b) EXPECT_OP(a, ==, b)
#define EXPECT_GE(a, b) EXPECT_OP(a, >=, b)
#define EXPECT_LE(a, b) EXPECT_OP(a, <=, b)
#define EXPECT_GT(a, b) EXPECT_OP(a, >, b)

#define REQUIRE(cond, ...) do { if (!EXPECT(cond, __VA_ARGS__)) kt_abort(); } while (0)
#define REQUIRE_EQ(a, b) do { if (!EXPECT_EQ(a, b)) kt_abort(); } while (0)

/* Waits up to @ms milliseconds for @cond; the value is whether it came true. */
#define WAIT_FOR(cond, ms) ({							\
	int left_ = (ms) / 10;							\
										\
	while (!(cond) && left_-- > 0)						\
		kt_sleep_ms(10);						\
	left_ >= 0 || (cond);							\
})
void kt_sleep_ms(int ms);

#endif
