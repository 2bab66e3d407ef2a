// SPDX-License-Identifier: GPL-2.0-only
/* Several hoppers of one VM: they share the hops, and a walk over all CPUs. */
#include <sched.h>
#include <time.h>

#include "cpus.h"
#include "hopper.h"
#include "numa_util.h"

/*
 * Where the number of CPUs decides how many hops there are to take, this is for
 * how long one subtest takes them.  A test has up to six such subtests and ten
 * minutes (the file "settings"), a slow machine takes a while for the rest.
 */
#define HOP_SECONDS	20

static u64 hops_began_ns;		/* those of the running call */

static u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000000 + (u64)ts.tv_nsec;
}

/** hop_time_begins() - hop_time_is_left() counts from here */
void hop_time_begins(void)
{
	hops_began_ns = now_ns();
}

/**
 * hop_time_is_left() - whether to go on
 * @done: how many hops, or whatever else there is for each CPU, were done
 * @must: how many must be done however long they take
 *
 * Time ends nothing but what there is for many CPUs' sake: not the hops of few
 * CPUs, and not those that somebody asked for.
 */
bool hop_time_is_left(u64 done, u64 must)
{
	return test_options.hops || hop_plan_takes_all_pairs() || done < must ||
	       now_ns() - hops_began_ns < HOP_SECONDS * 1000000000ULL;
}

/**
 * hop_everywhere() - hop_once() to each CPU
 *
 * Where those are so many that the time is over: to the first one of each node.
 */
bool hop_everywhere(struct kvm_vcpu *vcpu, int *at, hop_check_fn check,
		    struct hop_stats *stats)
{
	for (int i = 0; i < nr_allowed_cpus(); i++) {
		int cpu = allowed_cpu(i);

		if (!hop_time_is_left(1, 1) && cpu != numa_first_cpu(numa_node_of(cpu)))
			continue;
		if (!hop_once(vcpu, at, cpu, check, stats))
			return false;
	}
	return true;
}

/** hoppers_alloc() - hoppers that share @hops and the walk; with hopper_stop() */
struct hopper *hoppers_alloc(struct kvm_vcpu **vcpus, int nr, u64 hops, u64 seed,
			     struct hop_stats *stats)
{
	struct hopper *hoppers = calloc((size_t)nr, sizeof(*hoppers));

	TEST_RESOURCE(hoppers, "not enough memory for %d threads", nr);
	if (!stats->pair)
		hop_stats_clear(stats);
	for (int i = 0; i < nr; i++) {
		hoppers[i].vcpu = vcpus[i];
		hoppers[i].stats = stats;
		hoppers[i].stop = hopper_stop;
		hop_plan_init(&hoppers[i].plan, seed, i, nr);
		/* The first ones take the remainder; 0 would mean: until hoppers_stop(). */
		hoppers[i].hops = hops / (u64)nr + ((u64)i < hops % (u64)nr) ?: 1;
	}
	hopper_stopped = false;
	hop_time_begins();
	return hoppers;
}

/** hoppers_free() - when none of their threads runs any more */
void hoppers_free(struct hopper *hoppers, int nr)
{
	for (int i = 0; i < nr; i++)
		hop_plan_free(&hoppers[i].plan);
	free(hoppers);
}

/**
 * hoppers_wait() - wait until hoppers between runs did so many more stops
 * @hoppers: that hopper_start() has started
 * @nr: how many they are
 * @stops: of all together
 *
 * Returns at once where a guest has ended.
 */
void hoppers_wait(const struct hopper *hoppers, int nr, u64 stops)
{
	u64 now, goal = 0;
	bool ended = false;

	do {
		now = 0;
		for (int i = 0; i < nr; i++) {
			now += READ_ONCE(hoppers[i].stops);
			ended |= READ_ONCE(hoppers[i].ended);
		}
		goal = goal ?: now + stops;
		sched_yield();
	} while (now < goal && !ended);
}

/** hoppers_stop() - end and free hoppers between runs, whose hops have no number */
void hoppers_stop(struct hopper *hoppers, int nr)
{
	WRITE_ONCE(hopper_stopped, true);
	for (int i = 0; i < nr; i++)
		hopper_join(&hoppers[i]);
	hoppers_free(hoppers, nr);
}

/**
 * migrate_between_runs() - hop the calling thread, one run of the vCPU on each
 * @vcpu: whose guest calls GUEST_SYNC() for ever
 * @hops: how many
 * @seed: of their order
 * @check: called after each exit with the CPUs; true: the hop was verified,
 *	false: nothing was to be seen
 * @stats: receives the verified hops
 *
 * Leaves the thread's affinity as it was in test_init().
 */
void migrate_between_runs(struct kvm_vcpu *vcpu, u64 hops, u64 seed, hop_check_fn check,
			  struct hop_stats *stats)
{
	struct hopper *h = hoppers_alloc(&vcpu, 1, hops, seed, stats);

	h->check = check;
	hopper_walk(h);
	hoppers_free(h, 1);
}

/**
 * migrate_threads_between_runs() - the same with one thread a vCPU
 * @vcpus: of one VM
 * @nr: how many
 * @hops: of all together
 * @check: called on the threads, side by side
 * @stats: receives the hops of all
 */
void migrate_threads_between_runs(struct kvm_vcpu **vcpus, int nr, u64 hops,
				  hop_check_fn check, struct hop_stats *stats)
{
	struct hopper *hoppers = hoppers_alloc(vcpus, nr, hops, test_options.seed, stats);

	for (int i = 0; i < nr; i++) {
		hoppers[i].check = check;
		hopper_start(&hoppers[i]);
	}
	for (int i = 0; i < nr; i++)
		hopper_join(&hoppers[i]);
	hoppers_free(hoppers, nr);
}

/**
 * migrate_during_runs() - hop vCPU threads while their guests run
 * @vcpus: of one VM
 * @rounds: rounds[i]: host address of what the guest of vcpus[i] counts up
 * @stop: host address of what ends the guests' loops
 * @nr: how many vCPUs
 * @hops: of all together
 * @stats: receives the hops
 */
void migrate_during_runs(struct kvm_vcpu **vcpus, u64 **rounds, u64 *stop, int nr,
			 u64 hops, struct hop_stats *stats)
{
	struct hopper *hoppers = hoppers_alloc(vcpus, nr, hops, test_options.seed, stats);
	bool running = true;

	for (int i = 0; i < nr; i++) {
		hoppers[i].round = rounds[i];
		hopper_start_run(&hoppers[i], hop_plan_first(&hoppers[i].plan));
	}
	for (int i = 0; i < nr; i++) {
		test_progress("first round of vCPU", i, -1);
		running &= hopper_round(&hoppers[i]);
	}
	for (u64 hop = 0; hop < hops && running; hop++) {
		struct hopper *h = &hoppers[hop % (u64)nr];
		int to = hop_plan_next(&h->plan);

		if (!hop_time_is_left(hop / (u64)nr, (u64)h->plan.must))
			break;
		test_progress("hop during the run of vCPU, to cpu", h->vcpu->id, to);
		running = hopper_move(h, to);
	}
	WRITE_ONCE(*stop, 1);
	for (int i = 0; i < nr; i++)
		hopper_join(&hoppers[i]);
	hoppers_free(hoppers, nr);
	migrate_restore();
}
