// SPDX-License-Identifier: GPL-2.0-only
/* Threads that stay inside KVM_RUN while their test does something to them. */
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>

#include "vcpu_thread.h"
#include "x86/processor.h"

static __thread struct kvm_run *run_of_this_thread;

/*
 * A signal that comes right before KVM_RUN would only delay it.  With
 * immediate_exit that KVM_RUN ends at once, as one that was interrupted.
 */
static void on_kick(int sig)
{
	(void)sig;
	if (run_of_this_thread)
		run_of_this_thread->immediate_exit = 1;
}

static u64 involuntary_switches(void)
{
	struct rusage usage;

	TEST_ASSERT_OK(getrusage(RUSAGE_THREAD, &usage));
	return (u64)usage.ru_nivcsw;
}

static void *thread_fn(void *data)
{
	struct vcpu_thread *t = data;
	struct kvm_vcpu *vcpu = t->vcpu;
	struct ucall uc;
	u64 before;
	int ret;

	run_of_this_thread = vcpu->run;
	migrate_self(t->cpu);
	if (t->begin)
		t->begin(t);
	before = involuntary_switches();
	do {
		ret = _vcpu_run(vcpu);
		if (ret < 0 && errno == EINTR) {
			vcpu->run->immediate_exit = 0;
			WRITE_ONCE(t->interrupted, t->interrupted + 1);
			if (t->eintr)
				t->eintr(t);
			continue;
		}
		TEST_ASSERT(!ret, "KVM_RUN of vCPU %u", vcpu->id);
	} while (ret < 0 || vcpu_ucall(vcpu, &uc) == UCALL_SYNC);
	t->preempted = involuntary_switches() - before;
	WRITE_ONCE(t->ended, true);
	return NULL;
}

/**
 * vcpu_thread_start() - start the thread of @t on @cpu
 *
 * Returns when the guest has counted a round there; false if it ended instead,
 * which has failed the subtest.
 */
bool vcpu_thread_start(struct vcpu_thread *t, int cpu)
{
	struct sigaction action = { .sa_handler = on_kick };
	int ret;

	TEST_ASSERT_OK(sigaction(SIGUSR1, &action, NULL));
	t->cpu = cpu;
	ret = pthread_create(&t->thread, NULL, thread_fn, t);
	errno = ret;
	TEST_ASSERT(!ret, "pthread_create");
	return vcpu_thread_round(t);
}

/** vcpu_thread_kick() - force the thread out of KVM_RUN, by a signal */
void vcpu_thread_kick(struct vcpu_thread *t)
{
	pthread_kill(t->thread, SIGUSR1);
}

/**
 * vcpu_thread_round() - wait until the guest has counted a whole round
 *
 * That is two counts: the round of the first one may have begun before.  There
 * is no limit in time; the watchdog sees standstill.  Returns false if the
 * guest ended instead.
 */
bool vcpu_thread_round(struct vcpu_thread *t)
{
	u64 before = READ_ONCE(*t->round);

	while (READ_ONCE(*t->round) - before < 2) {
		if (READ_ONCE(t->ended))
			return false;
		cpu_relax();
		sched_yield();
	}
	return true;
}

/**
 * vcpu_thread_hop() - move the thread in the middle of KVM_RUN
 * @t: of a started thread
 * @to: a CPU that is online, and no other thread of the test takes offline
 * @stats: receives the hop
 *
 * sched_setaffinity() of a thread that runs returns when the thread has left
 * its CPU; a round that begins after that is one on CPU @to.
 */
bool vcpu_thread_hop(struct vcpu_thread *t, int to, struct hop_stats *stats)
{
	migrate_thread(t->thread, to);
	if (!vcpu_thread_round(t))
		return false;
	if (t->cpu >= 0 && t->cpu != to)
		hop_stats_add(stats, t->cpu, to);
	t->cpu = to;
	return true;
}

/** vcpu_thread_join() - wait for the end of a guest that was told to stop */
void vcpu_thread_join(struct vcpu_thread *t)
{
	test_progress("end of vCPU", t->vcpu->id, 0);
	pthread_join(t->thread, NULL);
}
