/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads that stay inside KVM_RUN while their test does something to them.
 * Each runs a guest that counts its rounds up until it is told to stop.
 */
#ifndef VCPU_THREAD_H
#define VCPU_THREAD_H

#include <pthread.h>

#include "kvm_util.h"
#include "migrate.h"

struct vcpu_thread {
	/* Set by the test. */
	struct kvm_vcpu *vcpu;
	u64 *round;			/* host address of what the guest counts up */
	void (*begin)(struct vcpu_thread *t);	/* first on the thread; or NULL */
	void (*eintr)(struct vcpu_thread *t);	/* after KVM_RUN's EINTR; or NULL */

	/* Set by the library. */
	pthread_t thread;
	int cpu;			/* where it was sent, and counted a round; -1: not known */
	bool ended;
	u64 interrupted;		/* KVM_RUNs that ended with EINTR */
	u64 preempted;			/* switches that it did not ask for; at its end */
};

bool vcpu_thread_start(struct vcpu_thread *t, int cpu);
void vcpu_thread_kick(struct vcpu_thread *t);
bool vcpu_thread_round(struct vcpu_thread *t);
bool vcpu_thread_hop(struct vcpu_thread *t, int to, struct hop_stats *stats);
void vcpu_thread_join(struct vcpu_thread *t);

#endif /* VCPU_THREAD_H */
