/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frame of a test: options, KTAP, counts, failures, the watchdog.
 *
 * A test is a list of subtests with stable names.  A subtest passes unless it
 * said otherwise: subtest_fail(), subtest_skip(), subtest_inconclusive(), or a
 * violation that the observers recorded while it ran.
 */
#ifndef TEST_UTIL_H
#define TEST_UTIL_H

#include <errno.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s64 s64;

#ifndef __packed
#define __packed	__attribute__((packed))
#endif
#ifndef __noreturn
#define __noreturn	__attribute__((noreturn))
#endif
#ifndef __printf
#define __printf(a, b)	__attribute__((format(printf, a, b)))
#endif

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#endif

#define BIT_ULL(n)		(1ULL << (n))
#define READ_ONCE(x)		__atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v)	__atomic_store_n(&(x), (v), __ATOMIC_RELAXED)

struct subtest {
	const char *name;		/* stable: other programs know it */
	void (*run)(void);
};

enum test_flags {
	TEST_NO_KVM,
	TEST_KVM,			/* needs /dev/kvm; opens the observers */
};

/* Options common to all tests; from the command line, else the environment. */
struct test_options {
	u64 hops;			/* 0: the test's own default */
	u64 seed;
	u32 guard;			/* enum host_state_guard_mode */
	int threads;			/* of host_tr_test; 0: its own default */
	bool disruptive;		/* whether the test may disturb the machine */
	bool knows_inconclusive;	/* whether the reader knows this word; kselftest does not */
};

extern struct test_options test_options;

/* What the observers do for each subtest; see test_init(). */
struct test_hooks {
	void (*subtest_begins)(void);
	void (*subtest_ends)(void);
	void (*subtest_fails)(void);		/* an assertion failed, on any thread */
	u64 (*print_violations)(const char **gist);	/* returns how many */
	struct subtest last;			/* follows the test's own; or zero */
};

void test_init(int argc, char *argv[], enum test_flags flags);
void test_begin(int argc, char *argv[], const struct test_hooks *own);
void test_parse_options(int argc, char *argv[]);
int test_run(const struct subtest *subtests, size_t nr);
const char *test_name(void);		/* without directory, e.g. host_tr_test */
const char *subtest_name(void);

void subtest_fail(const char *fmt, ...) __printf(1, 2);
void subtest_skip(const char *fmt, ...) __printf(1, 2);
void subtest_expected_failure(const char *fmt, ...) __printf(1, 2);
void subtest_inconclusive(const char *fmt, ...) __printf(1, 2);
void test_diag(const char *fmt, ...) __printf(1, 2);
void test_count(const char *fmt, ...) __printf(1, 2);

/*
 * test_progress() says what is waited for now; where nothing says so again for
 * TEST_WATCHDOG_SECONDS the test fails with these words.  what must be a
 * string constant; a and b are printed after it, b only if it is not negative.
 */
#define TEST_WATCHDOG_SECONDS	150
void test_progress(const char *what, s64 a, s64 b);

/*
 * @fn is called on every way out but SIGKILL: exit(), a failed assertion, the
 * watchdog, SIGINT, SIGTERM, SIGHUP.  It may do what a signal handler may do.
 */
void test_on_exit(void (*fn)(void));

/* Of lib/harness, for lib/harness. */
void test_watchdog(void);
void test_leave(int status) __noreturn;
void test_mark_kmsg(const char *event);
unsigned int subtest_number(void);

void test_skip_all(const char *fmt, ...) __printf(1, 2) __noreturn;
void test_assert_fail(const char *file, int line, const char *expr,
		      const char *fmt, ...) __printf(4, 5) __noreturn;

void test_no_resource(const char *file, int line, const char *expr,
		      const char *fmt, ...) __printf(4, 5) __noreturn;

/*
 * TEST_ASSERT is for what must work for the test to go on: it ends the test as
 * failed, with errno, whatever errno is.  What the test is about is reported
 * by subtest_fail() and the observers, which let the other subtests run.
 */
#define TEST_ASSERT(expr, fmt, ...)					\
do {									\
	if (!(expr))							\
		test_assert_fail(__FILE__, __LINE__, #expr, fmt,	\
				 ##__VA_ARGS__);			\
} while (0)

#define TEST_ASSERT_EQ(got, want)					\
do {									\
	u64 _got = (u64)(got), _want = (u64)(want);			\
	if (_got != _want) {						\
		errno = 0;	/* says nothing here */			\
		test_assert_fail(__FILE__, __LINE__, #got " == " #want,	\
				 "got 0x%llx, want 0x%llx", _got, _want); \
	}								\
} while (0)

/*
 * As TEST_ASSERT, for what the host may have too little of: then the test ends as
 * skipped, for that is no failure of the kernel.
 */
#define EXIT_SKIP	4	/* kselftest's status for it */
#define TEST_RESOURCE(expr, fmt, ...)					\
do {									\
	if (!(expr))							\
		test_no_resource(__FILE__, __LINE__, #expr, fmt,	\
				 ##__VA_ARGS__);			\
} while (0)

/* As TEST_ASSERT_EQ, for a system call; 0 is what it must return. */
#define TEST_ASSERT_OK(call)						\
do {									\
	s64 _ret = (call);						\
	if (_ret)							\
		test_assert_fail(__FILE__, __LINE__, #call,		\
				 "returned %lld", _ret);		\
} while (0)

/* Before the first subtest: what the whole test cannot do without. */
#define TEST_REQUIRE(expr, fmt, ...)					\
do {									\
	if (!(expr))							\
		test_skip_all(fmt, ##__VA_ARGS__);			\
} while (0)

/*
 * For what disturbs the rest of the machine; @what is that.  The machine's owner
 * has to allow it, by --disruptive or the environment.
 */
#define TEST_DISRUPTIVE	"disruptive, and not allowed (--disruptive, with make KHS_DISRUPTIVE=1): "
#define TEST_REQUIRE_DISRUPTIVE(what) \
	TEST_REQUIRE(test_options.disruptive, TEST_DISRUPTIVE what)
#define SUBTEST_REQUIRE_DISRUPTIVE(what) \
	SUBTEST_REQUIRE(test_options.disruptive, TEST_DISRUPTIVE what)

/* Within a subtest, which it leaves. */
#define SUBTEST_REQUIRE(expr, fmt, ...)					\
do {									\
	if (!(expr)) {							\
		subtest_skip(fmt, ##__VA_ARGS__);			\
		return;							\
	}								\
} while (0)

#endif /* TEST_UTIL_H */
