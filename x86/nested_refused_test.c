// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers and MSRs of an L1 hypervisor after an entry that the CPU refused: its L2 never
 * ran, but KVM had loaded that one's registers and MSRs by then.
 *
 * On VMX an entry with controls that do not fit is a VMfail, which changes nothing (SDM
 * volume 3, 27.2): KVM takes all of it back (nested_vmx_restore_host_state()).  One that
 * fails later, on L2's state or its list of MSRs, ends like an exit, with L1's host fields
 * loaded and its list for exits (SDM volume 3, 27.8; load_vmcs12_host_state()).  On SVM
 * each does, and L1 gets back what it had (APM volume 2, 15.5.1; nested_svm_vmexit()).
 *
 * L2's are unlike L1's.  Where L1 does not get back what it had, it enters with L2's.
 * The host gets back SPEC_CTRL of an entry without an exit too (vmx/vmenter.S): L1's is
 * another than the host's, and the guard looks at the next entry.
 */
#include "observer.h"
#include "x86/nested.h"
#include "x86/nested_check.h"
#include "x86/switched_msrs.h"

#define ROUNDS	4

/* Stages of a round, as the host is told. */
enum { L1_READY, L1_ENTERS, L1_AGAIN };

/* The guest's copies count. */
static struct nested nested;
static bool late;			/* it ends like an exit */
static bool has_spec_ctrl;
static u64 l2_has[NESTED_NR_REGS];
static u64 pat_before, pat_after;	/* L1's, as the next */
static u64 msrs_after[NESTED_NR_MSRS];

static const u64 l1_msrs[NESTED_NR_MSRS] = {
	[NESTED_FS_BASE] = 0x11110000,
	[NESTED_GS_BASE] = 0x22220000,
	[NESTED_SYSENTER_CS] = 0x30,
	[NESTED_SYSENTER_ESP] = 0x44440000,
	[NESTED_SYSENTER_EIP] = 0x55550000,
	[NESTED_KERNEL_GS_BASE] = 0x66660000,
	[NESTED_STAR] = 0x0023001000000000,
	[NESTED_LSTAR] = 0x77770000,
	[NESTED_CSTAR] = 0x88880000,
	[NESTED_SFMASK] = 0x700,
};

static void l2_code(void)
{
	GUEST_FAIL("an L2 that must not be entered runs", 1, 0);
}

static void l1_code(void)
{
	static const u64 l2_msrs[NESTED_NR_MSRS];

	load_tr(GUEST_TSS);
	for (int i = 0; i < NESTED_NR_MSRS; i++)
		wrmsr(nested_msrs[i], l1_msrs[i]);
	nested_init(&nested, l2_code);
	nested_set_l2_msrs(&nested, l2_msrs);
	if (has_spec_ctrl)
		wrmsr(MSR_SPEC_CTRL, STIBP);
	pat_before = rdmsr(MSR_IA32_PAT);
	GUEST_SYNC(L1_READY);
	nested_set_l2_regs(&nested, l2_has);
	for (int i = 0; i < ROUNDS; i++) {
		GUEST_SYNC(L1_ENTERS);
		GUEST_ASSERT(late ? nested_run_failed(&nested) : vmx_run_refused(&nested));
		pat_after = rdmsr(MSR_IA32_PAT);
		for (int msr = 0; msr < NESTED_NR_MSRS; msr++)
			msrs_after[msr] = rdmsr(nested_msrs[msr]);
		GUEST_SYNC(L1_AGAIN);
	}
	GUEST_DONE();
}

static void check_l1(struct kvm_vcpu *vcpu, const u64 *want)
{
	const u64 *msrs = guest_copy(vcpu->vm, msrs_after[0]);

	nested_check_regs(vcpu, "L1", want);
	nested_check_value("RDMSR", "L1", "PAT", *guest_copy(vcpu->vm, pat_after),
			   *guest_copy(vcpu->vm, pat_before));
	for (int msr = 0; msr < NESTED_NR_MSRS; msr++)
		nested_check_value("RDMSR", "L1", nested_msr_names[msr], msrs[msr],
				   l1_msrs[msr]);
}

static void enter_in_vain(bool ends_like_an_exit)
{
	u64 l1_has[NESTED_NR_REGS], enters_with[NESTED_NR_REGS], other[NESTED_NR_REGS];
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = vm_create_with_one_vcpu(&vcpu, l1_code);
	u64 refusals = 0, cmd;
	struct ucall uc;

	nested_alloc(vcpu, &nested);
	late = ends_like_an_exit;
	sync_global_to_guest(vm, late);
	has_spec_ctrl = guests_have_msr(MSR_SPEC_CTRL);
	sync_global_to_guest(vm, has_spec_ctrl);
	host_state_guest_value("SPEC_CTRL", 0, STIBP, ~0ULL);
	nested_set_l1_regs(vcpu);
	while ((cmd = vcpu_run_to_ucall(vcpu, &uc)) == UCALL_SYNC) {
		switch (uc.args[0]) {
		case L1_READY:
			nested_regs_get(vcpu, l1_has);
			nested_other_regs(vm, l1_has, other);
			memcpy(l2_has, other, sizeof(l2_has));
			sync_global_to_guest(vm, l2_has);
			memcpy(enters_with, l1_has, sizeof(enters_with));
			if (late)
				nested_before_exit(nested.vendor, enters_with, l1_has, other);
			break;
		case L1_ENTERS:
			nested_regs_set(vcpu, enters_with);
			break;
		case L1_AGAIN:
			check_l1(vcpu, l1_has);
			refusals++;
			break;
		}
	}
	if (cmd != UCALL_DONE)
		subtest_fail("L1 is lost after %llu entries that were refused", refusals);
	test_count("refusals=%llu values=%llu", refusals,
		   refusals * (NESTED_NR_REGS + NESTED_NR_MSRS + 1));
	kvm_vm_free(vm);
}

static void before_it_began(void)
{
	SUBTEST_REQUIRE(!nested_refusal_why_not(), "%s", nested_refusal_why_not());
	enter_in_vain(false);
}

static void when_l2_was_loaded(void)
{
	enter_in_vain(true);
}

static const struct subtest subtests[] = {
	{ "before_it_began", before_it_began },
	{ "when_l2_was_loaded", when_l2_was_loaded },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	nested_require();
	/* L1's MSRs of SYSCALL may be in the CPU until then. */
	host_state_user(true);
	return test_run(subtests, ARRAY_SIZE(subtests));
}
