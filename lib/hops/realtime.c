// SPDX-License-Identifier: GPL-2.0-only
/*
 * Real-time processes that preempt whatever runs: they sleep, wake up by a
 * timer on one CPU after the other, and sleep again.
 *
 * Processes, not threads: each one brings its own address space into CR3.
 */
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "cpus.h"
#include "realtime.h"

/* More address spaces than a CPU has ids for (6.12: TLB_NR_DYN_ASIDS, 6). */
#define PROCESSES	8
#define SLEEP_US	8000U	/* and up; slow emulators need this time for the rest */

static pid_t processes[PROCESSES];
static u64 *wakeups;			/* shared with them */

static bool set_scheduler(int policy, int priority)
{
	struct sched_param param = { .sched_priority = priority };

	return !sched_setscheduler(0, policy, &param);
}

/** realtime_why_not() - NULL, or why this host does not let us have SCHED_FIFO */
const char *realtime_why_not(void)
{
	if (!set_scheduler(SCHED_FIFO, 1))
		return strerror(errno);
	TEST_ASSERT(set_scheduler(SCHED_OTHER, 0), "cannot leave SCHED_FIFO");
	return NULL;
}

/* Each time on the next CPU: each CPU sees all these address spaces. */
static __noreturn void wake_up_for_ever(u32 i, const int *cpus, int nr_cpus)
{
	if (!set_scheduler(SCHED_FIFO, 1))
		_exit(EXIT_FAILURE);
	for (u32 turn = i;; turn++) {
		migrate_try(cpus[turn % (u32)nr_cpus]);
		usleep(SLEEP_US + SLEEP_US / PROCESSES * i);
		__atomic_add_fetch(wakeups, 1, __ATOMIC_RELAXED);
	}
}

/**
 * realtime_start() - start them, where realtime_why_not() knows no reason
 * @cpus: where they wake up
 * @nr_cpus: how many CPUs that is
 */
void realtime_start(const int *cpus, int nr_cpus)
{
	pid_t test = getpid();

	if (!wakeups)
		wakeups = mmap(NULL, sizeof(*wakeups), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	TEST_RESOURCE(wakeups != MAP_FAILED, "not enough memory");
	*wakeups = 0;
	fflush(stdout);
	for (u32 i = 0; i < PROCESSES; i++) {
		processes[i] = fork();
		TEST_RESOURCE(processes[i] >= 0, "not enough processes");
		if (processes[i])
			continue;
		/* These, KVM and the guard must go when the test goes. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close_range(STDERR_FILENO + 1, ~0U, 0);
		if (getppid() == test)
			wake_up_for_ever(i, cpus, nr_cpus);
		_exit(EXIT_FAILURE);
	}
}

/** realtime_wakeups() - how often they woke up since realtime_start() */
u64 realtime_wakeups(void)
{
	return wakeups ? READ_ONCE(*wakeups) : 0;
}

/** realtime_wait() - until they woke up so often */
void realtime_wait(u64 nr)
{
	while (realtime_wakeups() < nr) {
		test_progress("wakeups of real-time processes", (s64)realtime_wakeups(), -1);
		usleep(10000);
	}
}

/** realtime_stop() - end the processes of realtime_start() */
void realtime_stop(void)
{
	for (int i = 0; i < PROCESSES; i++) {
		kill(processes[i], SIGKILL);
		waitpid(processes[i], NULL, 0);
	}
}
