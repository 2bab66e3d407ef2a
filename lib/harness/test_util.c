// SPDX-License-Identifier: GPL-2.0-only
/*
 * The frame of a test: KTAP, counts, failures.
 *
 * This is the only file that includes kselftest.h: its counters are static.
 */
#include <pthread.h>
#include <stdarg.h>

#include "kselftest.h"

#include "test_util.h"

#define MAX_TOLD	20	/* failures of one subtest that are printed */

enum result { PASS, SKIP, EXPECTED, INCONCLUSIVE, FAIL };	/* the last one counts */

static const char *name_of_test;	/* NULL: not a test, see test_begin() */
static const struct test_hooks *hooks;
static const char *name_of_subtest = "init";
static enum result result;
static char gist[512];
static unsigned int nr_passed, nr_failed, nr_inconclusive;
static const struct subtest *subtests_left;	/* after the running one */
static size_t nr_subtests_left;
static unsigned int nr_told;		/* failures of the running subtest */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/** test_name() - the program's name without directory, e.g. host_tr_test */
const char *test_name(void)
{
	return name_of_test;
}

/** subtest_name() - of the subtest that runs; before the first one "init" */
const char *subtest_name(void)
{
	return name_of_subtest;
}

/* In KTAP, from 1. */
unsigned int subtest_number(void)
{
	return ksft_test_num() + 1;
}

static void print_result(void)
{
	/* kselftest has no word for a test that saw too little to say anything. */
	if (result == SKIP || (result == INCONCLUSIVE && !test_options.knows_inconclusive)) {
		nr_inconclusive += result == INCONCLUSIVE;
		ksft_inc_xskip_cnt();
		printf("ok %u %s # SKIP %s\n", ksft_test_num(), name_of_subtest, gist);
	} else if (result == EXPECTED) {
		nr_passed++;
		ksft_inc_xfail_cnt();
		printf("ok %u %s # XFAIL %s\n", ksft_test_num(), name_of_subtest, gist);
	} else if (result != PASS) {
		nr_failed++;
		ksft_test_result_fail("%s # %s\n", name_of_subtest, gist);
	} else {
		nr_passed++;
		ksft_test_result_pass("%s\n", name_of_subtest);
	}
}

static void set_result(enum result to, const char *fmt, va_list args)
{
	const char *prefix = to == INCONCLUSIVE ? "inconclusive: " : "";
	char text[sizeof(gist) - 32];

	vsnprintf(text, sizeof(text), fmt, args);
	pthread_mutex_lock(&lock);
	/* The first of its kind is the gist: the others tend to follow from it. */
	if (to > result) {
		result = to;
		snprintf(gist, sizeof(gist), "%s%s", prefix, text);
	}
	if (to > SKIP && ++nr_told <= MAX_TOLD)
		ksft_print_msg("%s: %s%s\n", name_of_subtest, prefix, text);
	pthread_mutex_unlock(&lock);
}

/**
 * subtest_fail() - the running subtest has failed, and goes on
 * @fmt: what was got and what was wanted; no newline
 */
void subtest_fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	set_result(FAIL, fmt, args);
	va_end(args);
}

/**
 * subtest_skip() - the running subtest could not look at anything
 * @fmt: the reason; no newline
 */
void subtest_skip(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	set_result(SKIP, fmt, args);
	va_end(args);
}

/**
 * subtest_expected_failure() - a known bug of the kernel showed, and nothing else
 * @fmt: which bug; no newline
 */
void subtest_expected_failure(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	set_result(EXPECTED, fmt, args);
	va_end(args);
}

/**
 * subtest_inconclusive() - the running subtest looked at too little to pass
 * @fmt: how much of how much, and what would give more; no newline
 */
void subtest_inconclusive(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	set_result(INCONCLUSIVE, fmt, args);
	va_end(args);
}

/** test_diag() - print a line of diagnostics; @fmt has no newline */
void test_diag(const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	ksft_print_msg("%s\n", text);
}

/** test_count() - print what the running subtest verified, as key=integer */
void test_count(const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	ksft_print_msg("count: %s %s\n", name_of_subtest, text);
}

/**
 * test_skip_all() - TEST_REQUIRE() failed: the test did not run
 * @fmt: the reason; no newline
 */
void test_skip_all(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(gist, sizeof(gist), fmt, args);
	va_end(args);
	printf("1..0 # SKIP %s\n", gist);
	test_mark_kmsg("ends");
	exit(KSFT_SKIP);
}

/* A thread ends the test: another one's end, or a failure on the way, waits. */
static void only_once(void)
{
	static int ending;

	if (!__atomic_exchange_n(&ending, 1, __ATOMIC_SEQ_CST))
		return;
	alarm(2);
	for (;;)
		pause();
}

/* Other threads may be inside a guest: no destructors. */
static __noreturn void end_now(int status)
{
	ksft_print_cnts();
	test_mark_kmsg("ends");
	fflush(stdout);
	test_leave(status);
}

/**
 * test_no_resource() - TEST_RESOURCE() failed: end the test, as skipped
 *
 * Unless errno says that it was no matter of resources; and what has failed until
 * now has failed.
 */
void test_no_resource(const char *file, int line, const char *expr, const char *fmt, ...)
{
	int error = errno;
	char text[sizeof(gist) - 160];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (error != EAGAIN && error != ENOMEM && error != EMFILE && error != ENFILE &&
	    error != ENOSPC) {
		errno = error;
		test_assert_fail(file, line, expr, "%s", text);
	}
	only_once();
	if (!name_of_test || !ksft_plan) {
		printf("1..0 # SKIP %s: %s\n", text, strerror(error));
		exit(KSFT_SKIP);
	}
	subtest_skip("%s: %s", text, strerror(error));
	hooks->subtest_fails();
	if (hooks->print_violations(NULL))
		result = FAIL;
	print_result();
	result = nr_failed ? result : SKIP;
	for (size_t i = 0; i < nr_subtests_left; i++) {
		ksft_inc_xskip_cnt();
		printf("ok %u %s # SKIP %s: %s\n", ksft_test_num(), subtests_left[i].name,
		       text, strerror(error));
	}
	end_now(nr_failed ? KSFT_FAIL : KSFT_SKIP);
}

/**
 * test_assert_fail() - TEST_ASSERT() failed: end the test, as failed
 *
 * What the observers found until now is printed all the same: it may well be
 * why the assertion failed.  In a program that is not a test (no test_init())
 * this prints one plain line.
 */
void test_assert_fail(const char *file, int line, const char *expr,
		      const char *fmt, ...)
{
	int saved_errno = errno;
	char text[sizeof(gist) - 160], error[64] = "";
	va_list args;

	only_once();
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (saved_errno)
		snprintf(error, sizeof(error), " (errno %d: %s)", saved_errno,
			 strerror(saved_errno));

	if (!name_of_test) {
		printf("%s%s\n", text, error);
		exit(KSFT_FAIL);
	}
	subtest_fail("%s:%d: %.100s: %s%s", file, line, expr, text, error);
	hooks->subtest_fails();
	hooks->print_violations(NULL);
	print_result();
	end_now(KSFT_FAIL);
}

/**
 * test_begin() - what test_init() begins with
 * @argc: of main()
 * @argv: of main()
 * @own: what the observers do at the ends of a subtest
 *
 * Exits with status 1 and a line on stderr for an option that it cannot read.
 */
void test_begin(int argc, char *argv[], const struct test_hooks *own)
{
	char *slash = strrchr(argv[0], '/');

	name_of_test = slash ? slash + 1 : argv[0];
	hooks = own;
	test_parse_options(argc, argv);
	/* Older frameworks do not; and what is in a buffer when the host dies is lost. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	ksft_print_header();
	test_mark_kmsg("begins");
	test_watchdog();
}

static void run_subtest(const struct subtest *subtest)
{
	const char *text;

	name_of_subtest = subtest->name;
	result = PASS;
	gist[0] = '\0';
	nr_told = 0;
	test_progress("subtest", (s64)ksft_test_num() + 1, -1);
	hooks->subtest_begins();
	subtest->run();
	hooks->subtest_ends();
	/* A wrong value explains whatever else went wrong, not the other way round. */
	if (hooks->print_violations(&text)) {
		result = FAIL;
		snprintf(gist, sizeof(gist), "%s", text);
	}
	if (nr_told > MAX_TOLD)
		test_diag("... and %u more", nr_told - MAX_TOLD);
	print_result();
}

/**
 * test_run() - run the subtests and return main()'s exit status
 * @subtests: in this order
 * @nr: how many
 *
 * Where the test runs VMs, the observers' own subtest "entry_guard" follows.
 * Returns 0: something passed, nothing failed; 1: something failed; 4: all
 * were skipped, or one saw too little to say anything.
 */
int test_run(const struct subtest *subtests, size_t nr)
{
	bool last = hooks->last.run;

	ksft_set_plan((unsigned int)nr + last);
	for (size_t i = 0; i < nr; i++) {
		subtests_left = &subtests[i + 1];
		nr_subtests_left = nr - i - 1;
		run_subtest(&subtests[i]);
	}
	if (last)
		run_subtest(&hooks->last);
	ksft_print_cnts();
	test_mark_kmsg("ends");
	if (nr_failed)
		return KSFT_FAIL;
	if (nr_inconclusive)
		return KSFT_SKIP;
	return nr_passed ? KSFT_PASS : KSFT_SKIP;
}
