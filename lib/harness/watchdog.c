// SPDX-License-Identifier: GPL-2.0-only
/* Ways out of a test, the watchdog that ends one, and marks in the kernel's log. */
#include <fcntl.h>
#include <signal.h>

#include "test_util.h"

#define MAX_ON_EXIT	4

static void (*on_exit_fns[MAX_ON_EXIT])(void);
static size_t nr_on_exit;

static struct {
	const char *what;
	s64 a, b;
	u64 count;
} progress = { .what = "start" };

/* The console log must tell which test was running when the host died. */
void test_mark_kmsg(const char *event)
{
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	char text[128];
	int len;

	if (fd < 0)
		return;
	/* Not by dprintf(), which seeks first: this device refuses. */
	len = snprintf(text, sizeof(text), "<4>kvm_host_state: test %s %s\n", test_name(),
		       event);
	if (write(fd, text, (size_t)len) != len)
		test_diag("the console does not say which test runs: %s", strerror(errno));
	close(fd);
}

static void put_back(void)
{
	while (nr_on_exit)
		on_exit_fns[--nr_on_exit]();
}

__noreturn void test_leave(int status)
{
	put_back();
	_exit(status);
}

static void on_termination(int sig)
{
	put_back();
	/* On return from here it ends the test. */
	signal(sig, SIG_DFL);
	raise(sig);
}

/** test_on_exit() - what must be put back however the test ends, the last one first */
void test_on_exit(void (*fn)(void))
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = on_termination };

	for (size_t i = 0; i < nr_on_exit; i++) {
		if (on_exit_fns[i] == fn)
			return;
	}
	TEST_ASSERT(nr_on_exit < MAX_ON_EXIT, "too much to put back");
	on_exit_fns[nr_on_exit++] = fn;
	if (nr_on_exit > 1)
		return;
	TEST_ASSERT_OK(atexit(put_back));
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		TEST_ASSERT_OK(sigaction(signals[i], &action, NULL));
}

/**
 * test_progress() - feed the watchdog
 * @what: what is waited for now, a string constant
 * @a: printed after it
 * @b: and this
 */
void test_progress(const char *what, s64 a, s64 b)
{
	progress.what = what;
	progress.a = a;
	progress.b = b;
	WRITE_ONCE(progress.count, progress.count + 1);
}

/* Nothing here allocates or locks: whoever stands still may hold the locks. */
static void on_alarm(int sig)
{
	static u64 last = -1ULL;
	char text[400], second[24] = "";
	int len;

	(void)sig;
	if (READ_ONCE(progress.count) != last) {
		last = progress.count;
		alarm(TEST_WATCHDOG_SECONDS / 2);
		return;
	}
	if (progress.b >= 0)
		snprintf(second, sizeof(second), " %lld", progress.b);
	len = snprintf(text, sizeof(text),
		       "not ok %u %s # stood still: %s %lld%s (nothing moved for %d s)\n",
		       subtest_number(), subtest_name(), progress.what, progress.a, second,
		       TEST_WATCHDOG_SECONDS / 2);
	if (write(STDOUT_FILENO, text, (size_t)len) < 0)
		test_leave(EXIT_FAILURE);
	test_leave(EXIT_FAILURE);
}

/* From now on standstill ends the test. */
void test_watchdog(void)
{
	signal(SIGALRM, on_alarm);
	alarm(TEST_WATCHDOG_SECONDS / 2);
}
