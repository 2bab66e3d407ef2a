/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads that load state of their own, run vCPUs whose guests load another, and
 * must find theirs again: whatever state that is, it is looked at between runs,
 * in runs that end by a signal, and on threads beside them that run no vCPU.
 */
#ifndef STATE_HOP_H
#define STATE_HOP_H

#include "kvm_util.h"

#define STATE_MAX_THREADS	VM_MAX_VCPUS

struct state_thread {
	int index;			/* from 0; first come those with a vCPU */
	int from;			/* the CPU of the last run, or -1 */
	u64 runs;			/* calls of observe() before this one */
	u64 values;			/* compared; observe() adds to it */
	struct kvm_run *run;		/* of its vCPU, or NULL */
};

struct state_ops {
	/* Guest: load state for the @n-th time, other than the time before. */
	void (*guest_step)(u64 id, u64 n);
	/* The same where L2 may not do what L1 does; NULL: it may. */
	void (*l2_step)(u64 id, u64 n);
	/* Host: before the guest starts; may be NULL. */
	void (*prepare)(struct kvm_vcpu *vcpu);
	/* First on each thread, and when all have ended; may be NULL. */
	void (*begin)(struct state_thread *t);
	void (*end)(struct state_thread *t);
	/*
	 * Load state, KVM_RUN, compare.  With -1 for @vcpu_fd spend a while in user
	 * mode instead.  The thread may be on any CPU, and leaves it only inside
	 * KVM_RUN or where it has none.  Returns what KVM_RUN did, or -errno;
	 * -EINTR: it is called again, with immediate_exit clear.
	 */
	int (*observe)(struct state_thread *t, int vcpu_fd);
};

int state_observe(struct state_thread *t, int vcpu_fd, int looks,
		  void (*compare)(struct state_thread *t, const char *who));
void state_without_guest(const struct state_ops *ops);
void state_between_runs(const struct state_ops *ops, int nr, int beside);
void state_with_l2(const struct state_ops *ops);
void state_during_runs(const struct state_ops *ops, int nr, int beside);

/* lib/observers/x86/state_nested.c, for state_with_l2(). */
void state_l1_code(void);
void state_l1_prepare(struct kvm_vcpu *vcpu, const struct state_ops *ops);

/* Of threads with no state of their own. */
void hop_and_look_at_user(struct kvm_vcpu *vcpu, u64 hops);

/* Of a test whose main() calls state_use(). */
#define STATE_SUBTESTS							\
	{ "without_guest", state_subtest_without_guest },		\
	{ "hop_between_runs", state_subtest_between_runs },		\
	{ "beside_other_threads", state_subtest_beside },		\
	{ "hop_during_runs", state_subtest_during_runs },		\
	{ "with_l2", state_subtest_with_l2 }

void state_use(const struct state_ops *ops);
void state_subtest_without_guest(void);
void state_subtest_between_runs(void);
void state_subtest_beside(void);
void state_subtest_during_runs(void);
void state_subtest_with_l2(void);

#endif /* STATE_HOP_H */
