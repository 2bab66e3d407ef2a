// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest that loads FPU state of its own all the time, with every kind of XCR0 and
 * with CR4.OSXSAVE and CR4.PKE on and off.
 */
#include "observer.h"
#include "x86/fpu_call.h"
#include "x86/fpu_guest.h"
#include "x86/user_state.h"

#define PATTERN		0x6e57000000000000ULL
#define PATTERN_MASK	0xffffffff00000000ULL
#define PKRU		0x2ae570a8U
#define SPECIAL		16	/* one of that many steps ends with HLT, one with MMIO */
#define MMIO_GVA	0x7ee00000ULL

/* The guest's copies count. */
static u64 regs[VM_MAX_VCPUS][16][4];
static s64 st0s[VM_MAX_VCPUS];
static u64 may_xcr0, may_cr4;
static bool l2_sets_xcr0;

static u64 host_xcr0;			/* before any guest */

static const u64 xcr0s[] = {
	XCR0_FP | XCR0_SSE | XCR0_AVX | XCR0_PKRU, XCR0_FP,
	XCR0_FP | XCR0_SSE | XCR0_AVX, XCR0_FP | XCR0_SSE,
};

static u32 mxcsr_of(u64 n)
{
	return MXCSR_DEFAULT | MXCSR_ROUND(n) | MXCSR_DAZ;
}

static u16 fcw_of(u64 n)
{
	return (u16)(FCW_MASKED | FCW_DOUBLE | FCW_ROUND(1 + n % 3));
}

static u64 pattern(int id, int reg, int part)
{
	return PATTERN | (u64)id << 32 | (u64)(reg << 8 | part);
}

static void load_all(u64 id, u64 n)
{
	u64 cr4 = get_cr4();
	u32 mxcsr = mxcsr_of(n);
	u16 fcw = fcw_of(n);

	/* Key 0 is everybody's. */
	if (cr4 & X86_CR4_PKE)
		wrpkru(PKRU);
	asm volatile("ldmxcsr %0" : : "m"(mxcsr));
	fpu_load_x87(&fcw, &st0s[id]);
	if (cr4 & X86_CR4_OSXSAVE && xgetbv(0) & XCR0_AVX)
		fpu_load_ymm(regs[id]);
	else
		fpu_load_xmm(regs[id]);
	/* KVM looks at these two to see what it has to switch. */
	if (n & 4)
		cr4 &= ~X86_CR4_OSXSAVE;
	if (n & 8)
		cr4 &= ~X86_CR4_PKE;
	set_cr4(cr4);
}

/** fpu_guest_step() - guest: load it for the @n-th time; see struct state_ops */
void fpu_guest_step(u64 id, u64 n)
{
	set_cr4(get_cr4() | may_cr4);
	if (may_cr4 & X86_CR4_OSXSAVE)
		xsetbv(0, xcr0s[n % ARRAY_SIZE(xcr0s)] & may_xcr0);
	load_all(id, n);
	/*
	 * Newer kernels handle this exit before all others (handle_fastpath_hlt()).  With
	 * the guest's PKRU, and without its XCR0 and XSS: a host with XSAVES that kept
	 * those would die of it before anybody could tell.
	 */
	if (n % SPECIAL == 5)
		asm volatile("hlt");
	/*
	 * Two exits: the KVM_RUN that takes what was read ends with what is to be written,
	 * and enters no guest (complete_userspace_io).
	 */
	if (n % SPECIAL == 9)
		asm volatile("orl $0, (%0)" : : "r"(MMIO_GVA) : "memory", "cc");
}

/**
 * fpu_guest_l2_step() - the same in L2
 *
 * On VMX an XSETBV of L2's is an exit to L1 (SDM volume 3, 26.1.2), so XCR0 is what L1
 * has left; on SVM L1 may let it pass, and L0 has to intercept it all the same.  A HLT is
 * an exit to L1 here.
 */
void fpu_guest_l2_step(u64 id, u64 n)
{
	set_cr4(get_cr4() | may_cr4);
	if (l2_sets_xcr0)
		xsetbv(0, xcr0s[n % ARRAY_SIZE(xcr0s)] & may_xcr0);
	load_all(id, n);
}

/** fpu_guest_prepare() - before the guest of @vcpu starts; see struct state_ops */
void fpu_guest_prepare(struct kvm_vcpu *vcpu)
{
	int id = (int)vcpu->id;

	for (u64 n = 0; n < ARRAY_SIZE(xcr0s); n++) {
		host_state_guest_value("MXCSR", id, mxcsr_of(n), ~0ULL);
		host_state_guest_value("FCW", id, fcw_of(n), ~0ULL);
		if ((xcr0s[n] & may_xcr0) != host_xcr0)
			host_state_guest_value("XCR0", id, xcr0s[n] & may_xcr0, ~0ULL);
	}
	if (!id)
		virt_map(vcpu->vm, MMIO_GVA, NOBODYS_GPA, 1);
	host_state_guest_value("PKRU", id, PKRU, ~0ULL);
	host_state_guest_value("ST0", id, pattern(id, 0, 0), PATTERN_MASK);
	host_state_guest_value("XMM", id, pattern(id, 0, 0), PATTERN_MASK);
	host_state_guest_value("YMM", id, pattern(id, 0, 0), PATTERN_MASK);
	sync_global_to_guest(vcpu->vm, regs);
	sync_global_to_guest(vcpu->vm, st0s);
	sync_global_to_guest(vcpu->vm, may_xcr0);
	sync_global_to_guest(vcpu->vm, may_cr4);
	sync_global_to_guest(vcpu->vm, l2_sets_xcr0);
}

/** fpu_guest_init() - once, before any guest: what they may set; @xcr0 is the host's */
void fpu_guest_init(u64 xcr0)
{
	host_xcr0 = xcr0;
	for (int id = 0; id < VM_MAX_VCPUS; id++) {
		st0s[id] = (s64)pattern(id, 0, 0);
		for (int reg = 0; reg < 16; reg++)
			for (int part = 0; part < 4; part++)
				regs[id][reg][part] = pattern(id, reg, part);
	}
	if (guest_cpuid(1, 0, 2) >> 26 & 1) {
		may_cr4 |= X86_CR4_OSXSAVE;
		may_xcr0 = guest_cpuid(0xd, 0, 0) | (u64)guest_cpuid(0xd, 0, 3) << 32;
	}
	l2_sets_xcr0 = may_xcr0 && kvm_vendor() == HOST_STATE_SVM;
	if (guest_cpuid(7, 0, 2) >> 3 & 1)
		may_cr4 |= X86_CR4_PKE;
	test_diag("guest: XCR0 0x%llx, PKU %s", may_xcr0, may_cr4 & X86_CR4_PKE ? "yes" : "no");
}
