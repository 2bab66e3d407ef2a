// SPDX-License-Identifier: GPL-2.0-only
/* Threads that hop between runs, while somebody else changes where they may. */
#include <pthread.h>
#include <sched.h>

#include "hopper.h"
#include "observer.h"

#define MAX_HOPPERS	16

static struct hopper {
	struct kvm_vcpu *vcpu;
	pthread_t thread;
	struct hop_plan plan;
	struct hop_stats stats;
	u64 landed;			/* runs that ended elsewhere than planned */
	bool ended;
} hoppers[MAX_HOPPERS];

static int nr_hoppers;
static u64 runs;			/* of all */
static bool stopped;

static bool try_migrate(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	if (!sched_setaffinity(0, sizeof(set), &set))
		return true;
	/* It is offline. */
	TEST_ASSERT(errno == EINVAL, "cannot move to cpu %d", cpu);
	return false;
}

static void *hop_until_stopped(void *data)
{
	struct hopper *h = data;
	struct host_state hs;
	struct ucall uc;
	int at = -1, to;

	while (!READ_ONCE(stopped)) {
		to = hop_plan_next(&h->plan);
		if (!try_migrate(to))
			continue;
		if (vcpu_run_to_ucall(h->vcpu, &uc) != UCALL_SYNC)
			break;
		/*
		 * The CPU may have gone before, in or after that run, with the
		 * thread moved to any other: whichever it is, its TR is right.
		 */
		host_state_snapshot(&hs);
		if (host_state_check_tr(&hs, (int)hs.cpu, at) && at >= 0 && at != (int)hs.cpu)
			hop_stats_add(&h->stats, at, (int)hs.cpu);
		at = (int)hs.cpu;
		h->landed += at != to;
		__atomic_add_fetch(&runs, 1, __ATOMIC_RELAXED);
	}
	WRITE_ONCE(h->ended, true);
	return NULL;
}

/**
 * hoppers_start() - add vCPUs, each with a thread that hops between its runs
 * @vm: that has none yet
 * @nr: how many
 * @guest_code: calls GUEST_SYNC() for ever
 *
 * A CPU that refuses a thread, being offline, is left out.
 */
void hoppers_start(struct kvm_vm *vm, int nr, void *guest_code)
{
	TEST_ASSERT(nr <= MAX_HOPPERS, "%d threads", nr);
	nr_hoppers = nr;
	stopped = false;
	for (int i = 0; i < nr; i++) {
		struct hopper *h = &hoppers[i];

		memset(h, 0, sizeof(*h));
		h->vcpu = vm_vcpu_add(vm, (u32)i, guest_code);
		hop_plan_init(&h->plan, test_options.seed, i, nr);
		errno = pthread_create(&h->thread, NULL, hop_until_stopped, h);
		TEST_ASSERT(!errno, "pthread_create");
	}
}

/** hoppers_wait() - until they did @nr more runs, or one guest ended */
void hoppers_wait(u64 nr)
{
	u64 goal = READ_ONCE(runs) + nr;
	bool ended = false;

	while (READ_ONCE(runs) < goal && !ended) {
		sched_yield();
		for (int i = 0; i < nr_hoppers; i++)
			ended |= READ_ONCE(hoppers[i].ended);
	}
}

/**
 * hoppers_stop() - end the threads
 * @stats: receives their verified hops
 *
 * Returns how many runs ended on another CPU than the one they were sent to.
 */
u64 hoppers_stop(struct hop_stats *stats)
{
	u64 landed = 0;

	WRITE_ONCE(stopped, true);
	for (int i = 0; i < nr_hoppers; i++) {
		pthread_join(hoppers[i].thread, NULL);
		hop_stats_merge(stats, &hoppers[i].stats);
		landed += hoppers[i].landed;
		hop_plan_free(&hoppers[i].plan);
	}
	return landed;
}
