/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads of vCPUs that hop: the engine of everything that moves here.
 *
 * A hop is a move from CPU to CPU, verified: the thread provably ran on the CPU
 * it was sent to.  Between runs a thread moves itself, and stops on each CPU for
 * a run and a look at the host.  During a run it is moved by others.
 */
#ifndef HOPPER_H
#define HOPPER_H

#include <pthread.h>

#include "hop_plan.h"
#include "kvm_util.h"

/* What came of a stop between runs. */
enum hop_seen {
	HOP_ENDED,			/* the guest did; the subtest has failed */
	HOP_UNSEEN,			/* there was nothing to verify it by */
	HOP_VERIFIED,
};

/* Called on the vCPU's thread after each hop and exit; from is -1 at first. */
typedef bool (*hop_check_fn)(struct kvm_vcpu *vcpu, int from, int to);

struct hopper {
	/* Set by the caller; the rest zero. */
	struct kvm_vcpu *vcpu;
	struct hop_plan plan;
	struct hop_stats *stats;	/* receives the verified hops; others' too */
	void *data;			/* the caller's own */
	void (*begin)(struct hopper *h);	/* first on the thread; or NULL */

	/* The same, between runs. */
	enum hop_seen (*stop)(struct hopper *h);	/* hopper_stop(), or the test's */
	hop_check_fn check;		/* hopper_stop() calls it */
	u64 hops;			/* how many; 0: until hoppers_stop() */
	bool may_be_offline;		/* leave out a CPU that refuses the thread */

	/* The same, during a run. */
	u64 *round;			/* host address of what the guest counts up */
	int (*run)(struct hopper *h);	/* KVM_RUN, to 0 or -errno; NULL: as it is */
	void (*eintr)(struct hopper *h);	/* after KVM_RUN's EINTR; or NULL */

	/* Set by the engine. */
	pthread_t thread;
	int from, cpu;			/* where it was, and is; -1: not known */
	bool ended;
	u64 stops;			/* between runs */
	u64 interrupted;		/* KVM_RUNs that ended with EINTR */
	u64 preempted;			/* switches that it did not ask for; at its end */
};

struct hopper *hoppers_alloc(struct kvm_vcpu **vcpus, int nr, u64 hops, u64 seed,
			     struct hop_stats *stats);
void hoppers_free(struct hopper *hoppers, int nr);
void hoppers_wait(const struct hopper *hoppers, int nr, u64 stops);
void hoppers_stop(struct hopper *hoppers, int nr);
bool hop_everywhere(struct kvm_vcpu *vcpu, int *at, hop_check_fn check,
		    struct hop_stats *stats);
void hop_time_begins(void);
bool hop_time_is_left(u64 done, u64 must);

extern bool hopper_stopped;
enum hop_seen hopper_stop(struct hopper *h);
void hopper_walk(struct hopper *h);
void hopper_start(struct hopper *h);
void hopper_join(struct hopper *h);
bool hop_once(struct kvm_vcpu *vcpu, int *at, int to, hop_check_fn check,
	      struct hop_stats *stats);

u64 involuntary_switches(void);
void hopper_start_run(struct hopper *h, int cpu);
bool hopper_round(struct hopper *h);
bool hopper_move(struct hopper *h, int to);
void hopper_kick(struct hopper *h);
bool hopper_interrupt(struct hopper *h);

/* The usual cases. */
void migrate_between_runs(struct kvm_vcpu *vcpu, u64 hops, u64 seed, hop_check_fn check,
			  struct hop_stats *stats);
void migrate_threads_between_runs(struct kvm_vcpu **vcpus, int nr, u64 hops,
				  hop_check_fn check, struct hop_stats *stats);

/*
 * During runs: the guest of vCPU i must run until *stop and count its rounds
 * up in *round[i] all the time; both are host addresses of guest variables.
 */
void migrate_during_runs(struct kvm_vcpu **vcpus, u64 **rounds, u64 *stop, int nr,
			 u64 hops, struct hop_stats *stats);

#endif /* HOPPER_H */
