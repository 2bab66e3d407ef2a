// SPDX-License-Identifier: GPL-2.0-only
/*
 * Control registers, descriptor tables and selectors of an L1 hypervisor after exits
 * from its L2.
 *
 * On VMX an exit loads them from the fields that L1 wrote, and some with constants: DR7,
 * RFLAGS, the limits of GDTR and IDTR, LDTR (SDM volume 3, 28.5; load_vmcs12_host_state()).  What
 * L1 had at the entry is lost.  On SVM L1 gets just that back, but for DR7, and by its own
 * VMLOAD FS, GS and LDTR (APM volume 2, 15.6; nested_svm_vmexit()).  PAT is L1's again on
 * VMX; on SVM the two share it without nested paging.
 *
 * In a vCPU that was restored with L2 active they come another way: KVM_SET_NESTED_STATE
 * brings what L1 gets back (svm_set_nested_state(), vmx_set_nested_state()).
 *
 * An SMI while L2 runs leads out of it and RSM back in, past L1, whose state must wait
 * elsewhere meanwhile (svm_enter_smm(), vmx_enter_smm()).
 *
 * L2's are unlike L1's in each but SS, and L2 is seen to have them.  Where L1 does not get
 * back what it had, it enters with L2's.
 */
#include "observer.h"
#include "x86/nested.h"
#include "x86/nested_check.h"
#include "x86/smm.h"

#define ROUNDS		4
/* VMX sets it so.  On SVM L1's come back as they were at VMRUN: the same but for these. */
#define FLAGS_AFTER_EXIT 2
#define FLAGS_ARITHMETIC 0x8d5
#define L1_LSTAR	0x123456789000ULL	/* L2's is 0 */

/* What comes between an entry and the exit to L1. */
enum way { PLAIN, RESTORED, BY_SMI };

/* Stages of a round, as the host is told. */
enum { L1_READY, L1_ENTERS, L2_RUNS, L1_AGAIN };

/* The guest's copies count. */
static struct nested nested;
static u64 l2_has[NESTED_NR_REGS];
static u64 pat_before, pat_after, lstar_after;	/* L1's */

/* What L1 has after an exit, and what it enters L2 with. */
static u64 l1_has[NESTED_NR_REGS], l1_enters_with[NESTED_NR_REGS];

static void l2_code(void)
{
	l2_exit_for_ever(&nested, L2_RUNS);
}

static void l1_code(void)
{
	static const u64 l2_msrs[NESTED_NR_MSRS];

	load_tr(GUEST_TSS);
	wrmsr(MSR_LSTAR, L1_LSTAR);
	nested_init(&nested, l2_code);
	nested_set_l2_msrs(&nested, l2_msrs);
	pat_before = rdmsr(MSR_IA32_PAT);
	GUEST_SYNC(L1_READY);
	nested_set_l2_regs(&nested, l2_has);
	for (int i = 0; i < ROUNDS; i++) {
		GUEST_SYNC(L1_ENTERS);
		nested_run(&nested);
		pat_after = rdmsr(MSR_IA32_PAT);
		lstar_after = rdmsr(MSR_LSTAR);
		GUEST_SYNC(L1_AGAIN);
	}
	GUEST_DONE();
}

/* L1 is ready: what it has now is what it wrote into its VMCS's host fields. */
static void choose(struct kvm_vcpu *vcpu)
{
	nested_regs_get(vcpu, l1_has);
	nested_other_regs(vcpu->vm, l1_has, l2_has);
	sync_global_to_guest(vcpu->vm, l2_has);
	nested_before_exit(nested.vendor, l1_enters_with, l1_has, l2_has);
}

static u64 l1_flags(struct kvm_vm *vm)
{
	u64 flags = guest_copy(vm, nested)->l1_flags;

	return nested.vendor == HOST_STATE_VMX ? flags : flags & ~(u64)FLAGS_ARITHMETIC;
}

static struct kvm_vcpu *restored(struct kvm_vcpu *vcpu)
{
	struct kvm_vcpu *other = vcpu->vm->vcpus[!vcpu->id];

	nested_restore(other, vcpu);
	nested_check_regs(other, "L2", l2_has);
	return other;
}

static void run_levels(enum way way)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = vm_create_with_one_vcpu(&vcpu, l1_code);
	u64 l2_runs = 0, l2_exits = 0, cmd;
	struct ucall uc;

	nested_alloc(vcpu, &nested);
	nested_set_l1_regs(vcpu);
	if (way == RESTORED)
		vm_vcpu_add(vm, 1, NULL);
	if (way == BY_SMI)
		smm_init(vcpu);
	while ((cmd = vcpu_run_to_ucall(vcpu, &uc)) == UCALL_SYNC) {
		switch (uc.args[0]) {
		case L1_READY:
			choose(vcpu);
			break;
		case L1_ENTERS:
			nested_regs_set(vcpu, l1_enters_with);
			break;
		case L2_RUNS:
			nested_check_regs(vcpu, "L2", l2_has);
			if (way == RESTORED)
				vcpu = restored(vcpu);
			if (way == BY_SMI)
				smm_interrupt(vcpu);
			l2_runs++;
			break;
		case L1_AGAIN:
			nested_check_regs(vcpu, "L1", l1_has);
			nested_check_value("RDMSR", "L1", "PAT", *guest_copy(vm, pat_after),
					   *guest_copy(vm, pat_before));
			nested_check_value("RDMSR", "L1", "LSTAR", *guest_copy(vm, lstar_after),
					   L1_LSTAR);
			nested_check_value("PUSHF", "L1", "RFLAGS", l1_flags(vm),
					   FLAGS_AFTER_EXIT);
			l2_exits++;
			break;
		}
	}
	if (cmd != UCALL_DONE)
		subtest_fail("L1 is lost after %llu exits of its L2", l2_exits);
	else if (way == BY_SMI && smm_count(vm) != l2_runs)
		subtest_inconclusive("%u of %llu SMIs came", smm_count(vm), l2_runs);
	test_count("l2_runs=%llu l2_exits=%llu values=%llu", l2_runs, l2_exits,
		   (l2_runs + l2_exits) * NESTED_NR_REGS);
	kvm_vm_free(vm);
}

static void l1_has_its_own(void)
{
	run_levels(PLAIN);
}

static void after_a_restore(void)
{
	SUBTEST_REQUIRE(kvm_check_cap(KVM_CAP_NESTED_STATE), "no KVM_SET_NESTED_STATE");
	run_levels(RESTORED);
}

static void after_an_smi(void)
{
	SUBTEST_REQUIRE(smm_supported(), "KVM knows no system management mode");
	run_levels(BY_SMI);
}

static const struct subtest subtests[] = {
	{ "l1_has_its_own", l1_has_its_own },
	{ "after_a_restore", after_a_restore },
	{ "after_an_smi", after_an_smi },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	nested_require();
	/* L1's MSRs of SYSCALL may be in the CPU until then. */
	host_state_user(true);
	return test_run(subtests, ARRAY_SIZE(subtests));
}
