// SPDX-License-Identifier: GPL-2.0-only
/*
 * CR4 of the host, where it changes between two runs on one CPU: TSD follows the thread.
 *
 * On VMX each exit loads it from HOST_CR4, which KVM writes anew before an entry if the
 * host's is not what it wrote last (vmx_vcpu_run()): no hop has to come in between.  With
 * an old one user mode may read the TSC that it must not (PR_SET_TSC), or the other way
 * round, and the kernel's own copy of CR4 lies.
 *
 * The guard compares it with what the CPU holds, at each exit; and on the way to user
 * mode the bits that never change.  On SVM #VMEXIT puts it back (APM volume 2, 15.6).
 */
#include <signal.h>
#include <sys/prctl.h>

#include "hop_vm.h"
#include "observer.h"

#define HOPS	200		/* --hops sets it */

static struct hop_stats stats;

/* No handler may run meanwhile: it could ask the vDSO for the time. */
static void run_with(struct kvm_vcpu *vcpu, int tsc)
{
	sigset_t all, before;

	sigfillset(&all);
	TEST_ASSERT_OK(sigprocmask(SIG_SETMASK, &all, &before));
	TEST_ASSERT_OK(prctl(PR_SET_TSC, tsc));
	vcpu_run(vcpu);
	TEST_ASSERT_OK(prctl(PR_SET_TSC, PR_TSC_ENABLE));
	TEST_ASSERT_OK(sigprocmask(SIG_SETMASK, &before, NULL));
}

/* Each change, and none, after a run that ended on this very CPU. */
static bool change_and_check(struct kvm_vcpu *vcpu, int from, int to)
{
	static const int changes[] = {
		PR_TSC_SIGSEGV, PR_TSC_SIGSEGV, PR_TSC_ENABLE, PR_TSC_ENABLE,
	};
	struct ucall uc;

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		run_with(vcpu, changes[i]);
		if (get_ucall(vcpu, &uc) != UCALL_SYNC)
			return false;
	}
	return hop_vm_check_tr(vcpu, from, to);
}

static void changes_between_runs(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = vm_create_with_one_vcpu(&vcpu, guest_exit_for_ever);

	host_state_user(true);
	hop_stats_clear(&stats);
	migrate_between_runs(vcpu, default_hops(HOPS), test_options.seed, change_and_check,
			     &stats);
	host_state_user(false);
	hop_stats_report(&stats);
	host_state_must_compare(HS_CR4);
	kvm_vm_free(vm);
}

static const struct subtest subtests[] = {
	{ "changes_between_runs", changes_between_runs },
};

int main(int argc, char *argv[])
{
	struct host_state_guard totals;

	test_init(argc, argv, TEST_KVM);
	host_state_require_guard();
	host_state_guard_totals(&totals);
	TEST_REQUIRE(totals.exits_are_certain, "this kernel traces exits on SVM too late");
	TEST_REQUIRE(nr_allowed_cpus() > 1, "one CPU: nowhere to hop to");
	return test_run(subtests, ARRAY_SIZE(subtests));
}
