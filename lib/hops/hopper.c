// SPDX-License-Identifier: GPL-2.0-only
/* Threads of vCPUs that hop: one at a time, between runs and during a run. */
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>

#include "cpus.h"
#include "hopper.h"
#include "x86/processor.h"

#define CHECK_TRIES	3

bool hopper_stopped;			/* ends those that hop until it is set */

static __thread struct kvm_run *run_of_this_thread;

/** hopper_stop() - struct hopper's stop: run to a GUEST_SYNC(), then check */
enum hop_seen hopper_stop(struct hopper *h)
{
	struct ucall uc;

	/*
	 * Between exit and check other vCPUs may run on this CPU.  If the last of
	 * them has gone on to another CPU, its VMCS was cleared and none is current
	 * here: nothing to compare, so this vCPU runs once more.  Otherwise the
	 * check sees what the last one's exit left, which has to be right as well;
	 * at this vCPU's own entry and exit the guard has looked.
	 */
	for (int tries = 0; tries < CHECK_TRIES; tries++) {
		if (vcpu_run_to_ucall(h->vcpu, &uc) != UCALL_SYNC)
			return HOP_ENDED;
		if (h->check(h->vcpu, h->from, h->cpu))
			return HOP_VERIFIED;
	}
	return HOP_UNSEEN;
}

/**
 * hopper_walk() - hop the calling thread, with a stop on each CPU
 *
 * Leaves the thread's affinity as it was in test_init().
 */
void hopper_walk(struct hopper *h)
{
	int to = hop_plan_first(&h->plan);
	enum hop_seen seen = HOP_UNSEEN;

	if (h->begin)
		h->begin(h);
	h->from = -1;
	for (u64 hop = 0; hop <= h->hops || !h->hops; to = hop_plan_next(&h->plan)) {
		if (READ_ONCE(hopper_stopped) ||
		    (h->hops && !hop_time_is_left(hop, (u64)h->plan.must)))
			break;
		test_progress("hop between runs to cpu", to, (s64)hop);
		if (!h->may_be_offline)
			migrate_self(to);
		else if (!migrate_try(to))
			continue;
		h->cpu = to;
		seen = h->stop(h);
		if (seen == HOP_ENDED)
			break;
		if (seen == HOP_VERIFIED && h->from != h->cpu)
			hop_stats_add(h->stats, h->from, h->cpu);
		h->from = h->cpu;
		WRITE_ONCE(h->stops, ++hop);
	}
	WRITE_ONCE(h->ended, true);
	migrate_restore();
}

static void *walk_thread(void *data)
{
	hopper_walk(data);
	return NULL;
}

static void create_thread(struct hopper *h, void *(*fn)(void *hopper))
{
	errno = pthread_create(&h->thread, NULL, fn, h);
	TEST_RESOURCE(!errno, "not enough threads");
}

/** hopper_start() - hopper_walk() on a thread of its own */
void hopper_start(struct hopper *h)
{
	create_thread(h, walk_thread);
}

/** hopper_join() - wait for the end of a thread that was told to end */
void hopper_join(struct hopper *h)
{
	test_progress("end of vCPU", h->vcpu ? h->vcpu->id : 0, -1);
	pthread_join(h->thread, NULL);
}

/**
 * hop_once() - one run of a vCPU on the calling thread, on one CPU, then a check
 * @vcpu: whose guest calls GUEST_SYNC() for ever
 * @at: where it ran last, and @to afterwards
 * @to: a CPU that is online
 * @check: as hopper_stop() calls it
 * @stats: receives the hop, if it was one and was verified
 *
 * Returns false if the guest ended, which has failed the subtest.
 */
bool hop_once(struct kvm_vcpu *vcpu, int *at, int to, hop_check_fn check,
	      struct hop_stats *stats)
{
	struct ucall uc;

	test_progress("hop to cpu", to, (s64)stats->hops);
	migrate_self(to);
	if (vcpu_run_to_ucall(vcpu, &uc) != UCALL_SYNC)
		return false;
	if (check(vcpu, *at, to) && *at != to)
		hop_stats_add(stats, *at, to);
	*at = to;
	return true;
}

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

/** involuntary_switches() - how often the calling thread lost its CPU so far */
u64 involuntary_switches(void)
{
	struct rusage usage;

	TEST_ASSERT_OK(getrusage(RUSAGE_THREAD, &usage));
	return (u64)usage.ru_nivcsw;
}

static void *run_thread(void *data)
{
	struct hopper *h = data;
	struct kvm_vcpu *vcpu = h->vcpu;
	struct ucall uc;
	u64 before;
	int ret;

	run_of_this_thread = vcpu->run;
	migrate_self(h->cpu);
	if (h->begin)
		h->begin(h);
	before = involuntary_switches();
	do {
		ret = h->run ? h->run(h) : _vcpu_run(vcpu) ? -errno : 0;
		if (ret == -EINTR) {
			vcpu->run->immediate_exit = 0;
			WRITE_ONCE(h->interrupted, h->interrupted + 1);
			if (h->eintr)
				h->eintr(h);
			continue;
		}
		vcpu_check_run(vcpu, ret);
	} while (ret < 0 || vcpu_ucall(vcpu, &uc) == UCALL_SYNC);
	h->preempted = involuntary_switches() - before;
	WRITE_ONCE(h->ended, true);
	return NULL;
}

/** hopper_start_run() - a thread that stays inside KVM_RUN, at first on @cpu */
void hopper_start_run(struct hopper *h, int cpu)
{
	struct sigaction action = { .sa_handler = on_kick };

	TEST_ASSERT_OK(sigaction(SIGUSR1, &action, NULL));
	h->cpu = cpu;
	create_thread(h, run_thread);
}

/** hopper_kick() - force the thread out of KVM_RUN, by a signal */
void hopper_kick(struct hopper *h)
{
	pthread_kill(h->thread, SIGUSR1);
}

/** hopper_interrupt() - the same, and wait until it is out; false: the guest ended */
bool hopper_interrupt(struct hopper *h)
{
	u64 before = READ_ONCE(h->interrupted);

	hopper_kick(h);
	while (READ_ONCE(h->interrupted) == before) {
		if (READ_ONCE(h->ended))
			return false;
		cpu_relax();
		sched_yield();
	}
	return true;
}

/**
 * hopper_round() - wait until the guest has counted a whole round
 *
 * That is two counts: the round of the first one may have begun before.  There
 * is no limit in time: how long a round takes is no property of the kernel; the
 * watchdog sees standstill.  Returns false if the guest ended instead.
 */
bool hopper_round(struct hopper *h)
{
	u64 before = READ_ONCE(*h->round);

	while (READ_ONCE(*h->round) - before < 2) {
		if (READ_ONCE(h->ended))
			return false;
		cpu_relax();
		sched_yield();
	}
	return true;
}

/**
 * hopper_move() - move the thread in the middle of KVM_RUN
 * @h: that hopper_start_run() has started
 * @to: a CPU that is online, and that nobody takes offline just now
 *
 * sched_setaffinity() of a thread that runs returns when the thread has left
 * its CPU; a round that begins after that is one on CPU @to: that, and nothing
 * about time, is what makes it a hop.  The caller stays off that CPU if it can:
 * there it would get the CPU back only with the next tick.
 */
bool hopper_move(struct hopper *h, int to)
{
	migrate_away_from(to);
	migrate_thread(h->thread, to);
	if (!hopper_round(h))
		return false;
	if (h->cpu != to)
		hop_stats_add(h->stats, h->cpu, to);
	h->cpu = to;
	return true;
}
