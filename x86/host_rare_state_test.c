// SPDX-License-Identifier: GPL-2.0-only
/*
 * State that few CPUs have, and of the emulators at most one: that the guard reads and
 * compares it where it is there, at the place that include/host_state_table.h tells.
 * That a difference would be named is shown by compare_test; of XSS, SPEC_CTRL and
 * S_CET by planted bugs.
 */
#include "hop_vm.h"
#include "host_state_compare.h"
#include "observer.h"
#include "state_hop.h"
#include "x86/user_state.h"

#define HOPS	200		/* --hops sets it */

#define MSR_IA32_SPEC_CTRL	0x48
#define SPEC_CTRL_STIBP		BIT_ULL(1)

#define MSR_IA32_S_CET		0x6a2
#define S_CET_WR_SHSTK		BIT_ULL(1)	/* does nothing without CR4.CET */

#define MSR_IA32_XSS		0xda0
#define XSS_CET_SHIFT		11
#define XSS_CET			(3ULL << XSS_CET_SHIFT)	/* of user mode and of the kernel */

static struct {
	u64 cr4, spec_ctrl, s_cet, xss;
} guest;				/* its own copy counts */

/*
 * KVM switches SPEC_CTRL for a guest that has written it, XSS for one that uses XSAVE:
 * where that is the host's own value, it has nothing to do (kvm_load_xfeatures()).
 */
static void guest_with_state(void)
{
	if (guest.cr4)
		set_cr4(get_cr4() | guest.cr4);
	if (guest.spec_ctrl)
		wrmsr(MSR_IA32_SPEC_CTRL, guest.spec_ctrl);
	if (guest.s_cet)
		wrmsr(MSR_IA32_S_CET, guest.s_cet);
	for (u64 n = 0;; n++) {
		if (guest.xss)
			wrmsr(MSR_IA32_XSS, n << XSS_CET_SHIFT & guest.xss);
		GUEST_SYNC(n);
	}
}

/* SVM before 6.2 traces the exit too late, and some fields are compared there alone. */
static bool is_compared(u32 field)
{
	static const struct hs_rules svm = HS_SVM_RULES;
	struct host_state_guard totals;

	host_state_guard_totals(&totals);
	return totals.exits_are_certain ||
	       HS_FIELD(field) & (svm.entry | svm.held | svm.handled | svm.user);
}

/* On every CPU, VM exits and returns to user mode; @lacks says who skips. */
static void must_compare(u32 field, const char *lacks)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm;

	SUBTEST_REQUIRE(host_state_has(host_state_baseline(allowed_cpu(0))->cpu_holds.mask, field),
			"%s", lacks);
	vm = vm_create_with_one_vcpu(&vcpu, guest_with_state);
	guest.cr4 = guest_cpuid(1, 0, 2) >> 26 & 1 ? X86_CR4_OSXSAVE : 0;
	sync_global_to_guest(vm, guest);
	/* And another way in than the guest's own. */
	if (guest.s_cet)
		vcpu_set_msr(vcpu->fd, MSR_IA32_S_CET, guest.s_cet);
	hop_and_look_at_user(vcpu, default_hops(HOPS));
	kvm_vm_free(vm);
	SUBTEST_REQUIRE(is_compared(field), "this kernel's KVM traces the exit too late");
	host_state_must_compare(field);
}

static void debugctl(void)
{
	must_compare(HS_DEBUGCTL, "no DEBUGCTL");
}

static void debug_address_masks(void)
{
	must_compare(HS_DR0_ADDR_MASK, "this CPU has no BPEXT");
}

static void mcu_opt_ctrl(void)
{
	SUBTEST_REQUIRE(kvm_vendor() == HOST_STATE_VMX, "KVM switches MCU_OPT_CTRL on VMX alone");
	must_compare(HS_MCU_OPT_CTRL, "this CPU has no FB_CLEAR_CTRL");
}

static void tsx_ctrl(void)
{
	must_compare(HS_TSX_CTRL, "this CPU has no TSX_CTRL");
}

/* STIBP: CPUID.7:EDX[27]; AMD's CPUID.80000008:EBX[15]. */
static void spec_ctrl(void)
{
	if (guest_cpuid(7, 0, 3) >> 27 & 1 || guest_cpuid(0x80000008, 0, 1) >> 15 & 1)
		guest.spec_ctrl = SPEC_CTRL_STIBP;
	test_count("guest_writes=0x%llx", guest.spec_ctrl);
	must_compare(HS_SPEC_CTRL, "this CPU has no SPEC_CTRL, or it lags behind (KERNEL_IBRS)");
}

/* SHSTK: CPUID.7:ECX[7].  KVM gives it to guests since 6.18. */
static void s_cet(void)
{
	SUBTEST_REQUIRE(kvm_vendor() == HOST_STATE_VMX, "on SVM the CPU keeps S_CET by itself");
	if (guest_cpuid(7, 0, 2) >> 7 & 1)
		guest.s_cet = S_CET_WR_SHSTK;
	test_count("guest_writes=0x%llx", guest.s_cet);
	host_state_guest_value("S_CET", 0, S_CET_WR_SHSTK, ~0ULL);
	must_compare(HS_S_CET, "this CPU has no CET");
	guest.s_cet = 0;
}

/* Which bits a guest may have: CPUID.(13, 1):ECX.  KVM gives it some since 6.18. */
static void xss(void)
{
	guest.xss = guest_cpuid(0xd, 1, 2) & XSS_CET;
	test_count("guest_writes=0x%llx", guest.xss);
	must_compare(HS_XSS, "this CPU has no XSAVES");
}

static void xfd(void)
{
	must_compare(HS_XFD, "this CPU has no XFD");
}

static void fred(void)
{
	must_compare(HS_FRED_CONFIG, "this host does not take its events by FRED");
}

static const struct subtest subtests[] = {
	{ "debugctl", debugctl },
	{ "debug_address_masks", debug_address_masks },
	{ "mcu_opt_ctrl", mcu_opt_ctrl },
	{ "tsx_ctrl", tsx_ctrl },
	{ "spec_ctrl", spec_ctrl },
	{ "s_cet", s_cet },
	{ "xss", xss },
	{ "xfd", xfd },
	{ "fred", fred },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	host_state_require_guard();
	return test_run(subtests, ARRAY_SIZE(subtests));
}
