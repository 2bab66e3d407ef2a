/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Moving vCPU threads from CPU to CPU.  A hop is one such move, verified: the
 * thread provably ran on the CPU it was sent to.
 */
#ifndef MIGRATE_H
#define MIGRATE_H

#include <pthread.h>

#include "host_state.h"
#include "kvm_util.h"
#include "test_util.h"

#define MIGRATE_MAX_CPUS	HOST_STATE_MAX_CPUS

/* The CPUs this process may use, by sched_getaffinity(). */
void migrate_init(void);
int nr_allowed_cpus(void);
int allowed_cpu(int i);
int nr_cpu_pairs(void);

void migrate_thread(pthread_t thread, int cpu);
void migrate_self(int cpu);
void migrate_restore(void);
u64 default_hops(u64 hops);

/* An endless walk that takes every ordered pair of CPUs once a round. */
struct hop_plan {
	u64 random;			/* state of the generator */
	int nr;				/* hops in a round */
	int next;
	u8 *order;			/* indices of allowed_cpu(), nr + 1 of them */
};

void hop_plan_init(struct hop_plan *plan, u64 seed, int part, int parts);
int hop_plan_first(const struct hop_plan *plan);
int hop_plan_next(struct hop_plan *plan);
void hop_plan_free(struct hop_plan *plan);

/* What was verified. */
struct hop_stats {
	u64 hops;
	u32 pair[MIGRATE_MAX_CPUS][MIGRATE_MAX_CPUS];	/* [from][to] */
};

void hop_stats_add(struct hop_stats *stats, int from, int to);
void hop_stats_merge(struct hop_stats *to, const struct hop_stats *from);
int hop_stats_pairs(const struct hop_stats *stats);
u64 hop_stats_cross_node(const struct hop_stats *stats);
void hop_stats_report(const struct hop_stats *stats);
void hop_stats_check_guarded(const struct hop_stats *stats,
			     const struct host_state_hops *before);

/* Between runs: called on the vCPU's thread after each hop and exit. */
typedef bool (*hop_check_fn)(struct kvm_vcpu *vcpu, int from, int to);

void migrate_between_runs(struct kvm_vcpu *vcpu, u64 hops, u64 seed,
			  hop_check_fn check, struct hop_stats *stats);
void migrate_threads_between_runs(struct kvm_vcpu **vcpus, int nr, u64 hops,
				  hop_check_fn check, struct hop_stats *stats);

/*
 * During runs: the guest of vCPU i must run until *stop and count its rounds
 * up in *round[i] all the time; both are host addresses of guest variables.
 */
void migrate_during_runs(struct kvm_vcpu **vcpus, u64 **rounds, u64 *stop, int nr,
			 u64 hops, struct hop_stats *stats);

#endif /* MIGRATE_H */
