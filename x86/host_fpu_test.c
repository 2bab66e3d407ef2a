// SPDX-License-Identifier: GPL-2.0-only
/*
 * What user mode computes with, after VM exits: XMM, YMM, MXCSR, PKRU, and XCR0,
 * which decides whether AVX works at all.
 *
 * No VM exit restores any of them.  The registers are swapped with the whole FPU
 * state of a thread when KVM_RUN begins and ends, or when the thread is
 * preempted in between: then the next one must find its own, and not what a
 * guest left in the CPU.  XCR0 and PKRU are written around each entry, where the
 * guest's differ.
 *
 * The guest loads other values all the time, with every kind of XCR0 and with
 * CR4.OSXSAVE and CR4.PKE on and off.  The threads load others from run to run,
 * on one CPU too, and there are threads beside them that run no guest.
 */
#include <signal.h>
#include <sched.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include "hop_vm.h"
#include "observer.h"
#include "state_hop.h"
#include "x86/fpu_call.h"
#include "x86/user_state.h"

#define HOPS		2000	/* see lib/state_hop.c; --hops sets it */
#define LOOKS		20	/* of a thread beside, in one go */
#define ROUNDS		200	/* of a loop in user mode, for each */

#define MXCSR_DEFAULT	0x1f80U
#define MXCSR_DAZ	0x40U
#define MXCSR_FTZ	0x8000U
#define GUEST_PATTERN	0x6e57000000000000ULL
#define PATTERN_MASK	0xffffffff00000000ULL
#define GUEST_PKRU	0x2ae570a8U
#define HOST_PATTERN	0x1057000000000000ULL

/* The guest's copies count. */
static u64 guest_regs[HOP_VM_MAX_VCPUS][16][4];
static u64 guest_xcr0, guest_cr4;	/* what it may set */

static u32 has;				/* FPU_HAS_* */
static u64 host_xcr0;			/* before any guest */

static const u64 xcr0s[] = {
	XCR0_FP | XCR0_SSE | XCR0_AVX | XCR0_PKRU, XCR0_FP,
	XCR0_FP | XCR0_SSE | XCR0_AVX, XCR0_FP | XCR0_SSE,
};

static u32 guest_mxcsr(u64 n)
{
	return MXCSR_DEFAULT | (u32)(n % 4) << 13 | MXCSR_DAZ;
}

static u64 guest_pattern(int id, int reg, int part)
{
	return GUEST_PATTERN | (u64)id << 32 | (u64)(reg << 8 | part);
}

static void load_state(u64 id, u64 n)
{
	u64 xcr0 = xcr0s[n % ARRAY_SIZE(xcr0s)] & guest_xcr0, cr4 = get_cr4() | guest_cr4;
	u32 mxcsr = guest_mxcsr(n);

	set_cr4(cr4);
	if (cr4 & X86_CR4_OSXSAVE)
		xsetbv(0, xcr0);
	/* Key 0 is everybody's. */
	if (cr4 & X86_CR4_PKE)
		wrpkru(GUEST_PKRU);
	asm volatile("ldmxcsr %0" : : "m"(mxcsr));
	if (cr4 & X86_CR4_OSXSAVE && xcr0 & XCR0_AVX)
		fpu_load_ymm(guest_regs[id]);
	else
		fpu_load_xmm(guest_regs[id]);
	/* KVM looks at these two to see what it has to switch. */
	if (n & 4)
		cr4 &= ~X86_CR4_OSXSAVE;
	if (n & 8)
		cr4 &= ~X86_CR4_PKE;
	set_cr4(cr4);
}

/* Another value for each thread, run and part of a register. */
static u64 own_value(const struct state_thread *t, int reg, int part)
{
	return HOST_PATTERN | (u64)t->index << 32 | (t->runs & 0xffff) << 16 |
	       (u64)(reg << 8 | part);
}

static void load_own(const struct state_thread *t, struct fpu_regs *regs)
{
	for (int reg = 0; reg < 16; reg++)
		for (int part = 0; part < 4; part++)
			regs->ymm[reg][part] = own_value(t, reg, part);
	regs->mxcsr = MXCSR_DEFAULT | (u32)(t->runs % 4) << 13 | ((u32)t->index & 1) * MXCSR_FTZ;
	regs->pkru = (u32)((u64)t->index * 37 + t->runs) << 2;
}

/* The first wrong register is enough: where one is wrong, all tend to be. */
static void compare_registers(struct state_thread *t, const char *who, int cpu,
			      const struct fpu_regs *found, const struct fpu_regs *want)
{
	int parts = has & FPU_HAS_AVX && found->xcr0 & XCR0_AVX ? 4 : 2;
	char name[16];

	t->values += 16 * (u64)parts;
	for (int reg = 0; reg < 16; reg++) {
		for (int part = 0; part < parts; part++) {
			snprintf(name, sizeof(name), "%cMM%d", part < 2 ? 'X' : 'Y', reg);
			if (!host_state_expect(who, name, cpu, t->from, found->ymm[reg][part],
					       want->ymm[reg][part]))
				return;
		}
	}
}

static void compare(struct state_thread *t, const char *who, const struct fpu_regs *found,
		    const struct fpu_regs *want)
{
	int cpu = sched_getcpu();

	t->values++;
	host_state_expect(who, "MXCSR", cpu, t->from, found->mxcsr, want->mxcsr);
	if (has & FPU_HAS_XSAVE) {
		t->values++;
		host_state_expect(who, "XCR0", cpu, t->from, found->xcr0, host_xcr0);
	}
	if (has & FPU_HAS_PKU) {
		t->values++;
		host_state_expect(who, "PKRU", cpu, t->from, found->pkru, want->pkru);
	}
	compare_registers(t, who, cpu, found, want);
}

static int observe(struct state_thread *t, int vcpu_fd)
{
	const char *who = vcpu_fd >= 0 ? "behaviour" : "behaviour, beside a vCPU";
	struct fpu_regs want, found = { };
	long ret = 0;

	load_own(t, &want);
	if (vcpu_fd >= 0) {
		ret = fpu_call(&want, &found, has, SYS_ioctl, vcpu_fd, KVM_RUN);
		compare(t, who, &found, &want);
	}
	for (int i = 0; vcpu_fd < 0 && i < LOOKS; i++) {
		/* Preempted at any time, and where it gives way by itself. */
		fpu_call(&want, &found, has, i % 4 ? -1 : SYS_sched_yield, ROUNDS, 0);
		compare(t, who, &found, &want);
	}
	return (int)ret;
}

/* Without AVX in XCR0: said here, for there is nothing to compare. */
static void on_sigill(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig;
	(void)info;
	host_state_expect("behaviour: SIGILL", "XCR0", sched_getcpu(), -1, xgetbv(0), host_xcr0);
	uc->uc_mcontext.gregs[REG_RIP] = (long)(uintptr_t)fpu_call_illegal;
}

static void prepare(struct kvm_vcpu *vcpu)
{
	int id = (int)vcpu->id;

	for (u64 n = 0; n < ARRAY_SIZE(xcr0s); n++) {
		host_state_guest_value("MXCSR", id, guest_mxcsr(n), ~0ULL);
		if ((xcr0s[n] & guest_xcr0) != host_xcr0)
			host_state_guest_value("XCR0", id, xcr0s[n] & guest_xcr0, ~0ULL);
	}
	host_state_guest_value("PKRU", id, GUEST_PKRU, ~0ULL);
	host_state_guest_value("XMM", id, guest_pattern(id, 0, 0), PATTERN_MASK);
	host_state_guest_value("YMM", id, guest_pattern(id, 0, 0), PATTERN_MASK);
	sync_global_to_guest(vcpu->vm, guest_regs);
	sync_global_to_guest(vcpu->vm, guest_xcr0);
	sync_global_to_guest(vcpu->vm, guest_cr4);
}

static void look_at_host(void)
{
	for (int id = 0; id < HOP_VM_MAX_VCPUS; id++)
		for (int reg = 0; reg < 16; reg++)
			for (int part = 0; part < 4; part++)
				guest_regs[id][reg][part] = guest_pattern(id, reg, part);
	has = (cpu_has_xsave() ? FPU_HAS_XSAVE : 0) | (cpu_has_avx() ? FPU_HAS_AVX : 0) |
	      (cpu_has_pku() ? FPU_HAS_PKU : 0);
	host_xcr0 = has & FPU_HAS_XSAVE ? xgetbv(0) : 0;
	if (guest_cpuid(1, 0, 2) >> 26 & 1) {
		guest_cr4 |= X86_CR4_OSXSAVE;
		guest_xcr0 = guest_cpuid(0xd, 0, 0) | (u64)guest_cpuid(0xd, 0, 3) << 32;
	}
	if (guest_cpuid(7, 0, 2) >> 3 & 1)
		guest_cr4 |= X86_CR4_PKE;
	test_diag("host: XCR0 0x%llx, PKU %s; guest: XCR0 0x%llx, PKU %s", host_xcr0,
		  has & FPU_HAS_PKU ? "yes" : "no", guest_xcr0,
		  guest_cr4 & X86_CR4_PKE ? "yes" : "no");
}

static const struct state_ops ops = {
	.guest_step = load_state,
	.prepare = prepare,
	.observe = observe,
};

static void without_guest(void)
{
	state_without_guest(&ops);
}

static void hop_between_runs(void)
{
	state_between_runs(&ops, 1, 0, default_hops(HOPS));
}

static void beside_other_threads(void)
{
	state_between_runs(&ops, hop_vm_vcpus(), 1, default_hops(HOPS));
}

static void hop_during_runs(void)
{
	state_during_runs(&ops, hop_vm_vcpus(), 1, default_hops(HOPS));
}

static const struct subtest subtests[] = {
	{ "without_guest", without_guest },
	{ "hop_between_runs", hop_between_runs },
	{ "beside_other_threads", beside_other_threads },
	{ "hop_during_runs", hop_during_runs },
};

int main(int argc, char *argv[])
{
	struct sigaction action = { .sa_sigaction = on_sigill, .sa_flags = SA_SIGINFO };

	test_init(argc, argv, TEST_KVM);
	TEST_REQUIRE(nr_allowed_cpus() > 1, "one CPU: nowhere to hop to");
	TEST_ASSERT_OK(sigaction(SIGILL, &action, NULL));
	look_at_host();
	return test_run(subtests, ARRAY_SIZE(subtests));
}
