// SPDX-License-Identifier: GPL-2.0-only
/* The subtests that tests of a thread's own state have in common. */
#include "cpus.h"
#include "hop_vm.h"
#include "observer.h"
#include "state_hop.h"
#include "x86/processor.h"

static const struct state_ops *ops;

/**
 * state_observe() - struct state_ops's observe() where nothing has to be loaded first
 * @t: the thread
 * @vcpu_fd: its vCPU, or -1
 * @looks: how often a thread beside compares in one go
 * @compare: compares; @who is what a violation says of the observer
 */
int state_observe(struct state_thread *t, int vcpu_fd, int looks,
		  void (*compare)(struct state_thread *t, const char *who))
{
	int ret;

	if (vcpu_fd >= 0) {
		/* A guest that halts has not called. */
		do {
			ret = ioctl(vcpu_fd, KVM_RUN, NULL) ? -errno : 0;
			compare(t, "behaviour");
		} while (!ret && t->run->exit_reason == KVM_EXIT_HLT);
		return ret;
	}
	for (int i = 0; i < looks; i++) {
		compare(t, "behaviour, beside a vCPU");
		cpu_relax();
	}
	return 0;
}

/**
 * hop_and_look_at_user() - hop between runs, and have the guard look at user mode too
 * @vcpu: whose guest calls GUEST_SYNC() for ever
 * @hops: how many
 *
 * That is at each return of any CPU to user mode.  Reports what was covered.
 */
void hop_and_look_at_user(struct kvm_vcpu *vcpu, u64 hops)
{
	struct hop_stats stats = { };

	host_state_user(true);
	migrate_between_runs(vcpu, hops, test_options.seed, hop_vm_check_tr, &stats);
	host_state_user(false);
	hop_stats_report(&stats);
}

/** state_use() - in main(): what STATE_SUBTESTS are about */
void state_use(const struct state_ops *of_test)
{
	TEST_REQUIRE(nr_allowed_cpus() > 1, "one CPU: nowhere to hop to");
	ops = of_test;
}

/** state_subtest_without_guest() - state_without_guest() */
void state_subtest_without_guest(void)
{
	state_without_guest(ops);
}

/** state_subtest_between_runs() - one thread with a vCPU, and none beside */
void state_subtest_between_runs(void)
{
	state_between_runs(ops, 1, 0);
}

/** state_subtest_beside() - hop_vm_vcpus() threads between runs, one beside on each CPU */
void state_subtest_beside(void)
{
	state_between_runs(ops, hop_vm_vcpus(), 1);
}

/** state_subtest_during_runs() - the same while guests run */
void state_subtest_during_runs(void)
{
	state_during_runs(ops, hop_vm_vcpus(), 1);
}

/** state_subtest_with_l2() - one thread between runs, which end in L1 and in L2 */
void state_subtest_with_l2(void)
{
	state_with_l2(ops);
}
