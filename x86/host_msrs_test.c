// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSRs of the host that a VM exit loads, or KVM right after it, while a guest, its L2 and
 * the VMM write them.
 *
 * What a guest may write past KVM is in the CPU until the exit.  What KVM writes for it,
 * or for the VMM (KVM_SET_MSRS, as after a live migration), goes into the VMCS, where
 * the guest's field and the host's have names that differ in one word (vmx_set_msr()).
 *
 * After the VMM has written there is a run on the same CPU too: a hop has KVM write some
 * of the host's fields anew (vmx_vcpu_load_vmcs()).
 *
 * Which ones, and what is written: lib/observers/x86/switched_msrs.c.  The guard compares
 * them at each entry and exit; of state that no emulator has, compare_test shows that a
 * difference would be named.
 */
#include "hop_vm.h"
#include "observer.h"
#include "state_hop.h"
#include "x86/nested.h"
#include "x86/switched_msrs.h"
#include "x86/user_state.h"

#define HOPS	2000		/* --hops sets it */
#define SHARE	20		/* a row takes this part of them, and every pair of CPUs */

static struct hop_stats stats;
static u64 written;		/* by the VMM */

/* The guest's copies count. */
static struct switched_msr msr;
static u64 guest_cr4;
static bool l2_spec_ctrl, l2_s_cet;

static void write_and_exit(void)
{
	set_cr4(get_cr4() | guest_cr4);
	for (u64 n = 0;; n++) {
		if (msr.msr)
			wrmsr(msr.msr, switched_msr_value(&msr, n));
		GUEST_SYNC(n);
	}
}

static bool write_and_check(struct kvm_vcpu *vcpu, int from, int to)
{
	struct ucall uc;

	if (msr.msr)
		vcpu_set_msr(vcpu->fd, msr.msr, switched_msr_value(&msr, written++));
	if (vcpu_run_to_ucall(vcpu, &uc) != UCALL_SYNC)
		return false;
	return hop_vm_check_tr(vcpu, from, to);
}

static void guest_and_vmm_write(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm;

	for (size_t i = 0; i < nr_switched_msrs; i++)
		if (!strcmp(switched_msrs[i].name, subtest_name()))
			msr = switched_msrs[i];
	SUBTEST_REQUIRE(host_state_can_compare(msr.field),
			"this CPU has it not, or it is compared nowhere on it");
	/* KVM may switch it all the same: XSS for each guest that uses XSAVE. */
	if (!guests_have_msr(msr.msr))
		msr.msr = 0;
	if (msr.msr)
		tell_msr_values(&msr, 0);
	vm = vm_create_with_one_vcpu(&vcpu, write_and_exit);
	guest_cr4 = msr.field == HS_XSS && guests_have_xsave() ? X86_CR4_OSXSAVE : 0;
	sync_global_to_guest(vm, msr);
	sync_global_to_guest(vm, guest_cr4);
	hop_stats_clear(&stats);
	migrate_between_runs(vcpu, hops_share(default_hops(HOPS), SHARE, hop_plan_all()),
			     test_options.seed, write_and_check, &stats);
	test_count("written=%s", msr.msr ? "yes" : "no");
	hop_stats_report(&stats);
	host_state_must_compare(msr.field);
	kvm_vm_free(vm);
}

static void l1_and_l2_write(u64 id, u64 n)
{
	(void)id;
	if (l2_spec_ctrl)
		wrmsr(MSR_SPEC_CTRL, n & 1 ? STIBP : 0);
	if (l2_s_cet)
		wrmsr(MSR_S_CET, n & 1 ? WR_SHSTK : 0);
}

static void prepare(struct kvm_vcpu *vcpu)
{
	sync_global_to_guest(vcpu->vm, l2_spec_ctrl);
	sync_global_to_guest(vcpu->vm, l2_s_cet);
}

/* The guard does it. */
static void compare(struct state_thread *t, const char *who)
{
	(void)who;
	t->values++;
}

static int observe(struct state_thread *t, int vcpu_fd)
{
	return state_observe(t, vcpu_fd, 0, compare);
}

/* What KVM lets L1 write past it, and L1 lets its L2. */
static void of_l2(void)
{
	static const struct state_ops ops = {
		.guest_step = l1_and_l2_write, .prepare = prepare, .observe = observe,
	};

	l2_spec_ctrl = guests_have_msr(MSR_SPEC_CTRL) && host_state_can_compare(HS_SPEC_CTRL);
	l2_s_cet = guests_have_msr(MSR_S_CET) && host_state_can_compare(HS_S_CET);
	SUBTEST_REQUIRE(l2_spec_ctrl || l2_s_cet, "neither SPEC_CTRL nor S_CET is compared here");
	state_with_l2(&ops);
	if (l2_spec_ctrl)
		host_state_must_compare(HS_SPEC_CTRL);
	if (l2_s_cet)
		host_state_must_compare(HS_S_CET);
}

int main(int argc, char *argv[])
{
	struct subtest subtests[32];
	size_t nr = 0;

	test_init(argc, argv, TEST_KVM);
	host_state_require_guard();
	TEST_REQUIRE(nr_allowed_cpus() > 1, "one CPU: nowhere to hop to");
	TEST_ASSERT(nr_switched_msrs < ARRAY_SIZE(subtests), "room for %zu", nr_switched_msrs);
	for (; nr < nr_switched_msrs; nr++)
		subtests[nr] = (struct subtest) { switched_msrs[nr].name, guest_and_vmm_write };
	subtests[nr++] = (struct subtest) { "of_l2", of_l2 };
	/* XSS that an ioctl left wrong is right again after the next run. */
	host_state_user(true);
	return test_run(subtests, nr);
}
