/* SPDX-License-Identifier: GPL-2.0-only */
/* Threads in the middle of KVM_RUN, several on each CPU: they preempt each other. */
#ifndef CROWD_H
#define CROWD_H

#include "hopper.h"

#define CROWD_CPUS	8		/* at once; a big machine's have their turn */
#define CROWD_PER_CPU	4

struct crowd {
	/* Set by the caller; the rest zero. */
	int cpus[CROWD_CPUS], nr_cpus;	/* see crowd_cpus() */
	int per_cpu;			/* a VM has one vCPU for each CPU */
	bool hops;			/* threads start where their plans do */
	void (*begin)(struct hopper *h);	/* as struct hopper's */
	void (*eintr)(struct hopper *h);
	struct hop_stats *stats;

	/* Set by the crowd. */
	struct hopper threads[CROWD_PER_CPU * CROWD_CPUS];
	struct kvm_vm *vms[CROWD_PER_CPU];
	int nr;
	u64 preempted, interrupted;	/* at its end */
};

int crowd_groups(void);
void crowd_cpus(struct crowd *c, int group);
bool crowd_start(struct crowd *c);
bool crowd_hop(struct crowd *c, u64 hops, bool kick);
void crowd_stop(struct crowd *c);

#endif /* CROWD_H */
