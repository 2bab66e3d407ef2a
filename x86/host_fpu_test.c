// SPDX-License-Identifier: GPL-2.0-only
/*
 * What user mode computes with, after VM exits: the x87 unit, XMM, YMM, MXCSR, PKRU,
 * and XCR0, which decides whether AVX works at all.
 *
 * No VM exit restores any of them.  The registers are swapped with the whole FPU
 * state of a thread when KVM_RUN begins and ends, or when the thread is
 * preempted in between: then the next one must find its own, and not what a
 * guest left in the CPU.  XCR0 and PKRU are written around each entry, where the
 * guest's differ.
 *
 * The swap is not vcpu_run()'s, so a KVM_RUN that ends before it does them both too
 * (kvm_arch_vcpu_ioctl_run()): every few runs there is one with immediate_exit.
 *
 * The guest loads other values all the time (lib/observers/x86/fpu_guest.c).  The
 * threads load others from run to run, on one CPU too, and there are threads beside
 * them that run no guest.
 */
#include <signal.h>
#include <sched.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include "observer.h"
#include "state_hop.h"
#include "x86/fpu_call.h"
#include "x86/fpu_guest.h"
#include "x86/user_state.h"

#define LOOKS		20	/* of a thread beside, in one go */
#define ROUNDS		200	/* of a loop in user mode, for each */
#define AT_ONCE		4	/* one of that many runs ends before it began */

#define HOST_PATTERN	0x1057000000000000ULL

static u32 has;				/* FPU_HAS_* */
static u64 host_xcr0;			/* before any guest */

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
	regs->mxcsr = MXCSR_DEFAULT | MXCSR_ROUND(t->runs) | ((u32)t->index & 1) * MXCSR_FTZ;
	regs->st0 = (s64)own_value(t, 0, 0);
	regs->x87[X87_FCW] = FCW_MASKED | FCW_EXTENDED | FCW_ROUND(t->runs);
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

	t->values += 4;
	host_state_expect(who, "MXCSR", cpu, t->from, found->mxcsr, want->mxcsr);
	/* The upper halves are reserved. */
	host_state_expect(who, "FCW", cpu, t->from, (u16)found->x87[X87_FCW],
			  want->x87[X87_FCW]);
	host_state_expect(who, "FTW", cpu, t->from, (u16)found->x87[X87_FTW], FTW_ONLY_ST0);
	host_state_expect(who, "ST0", cpu, t->from, (u64)found->st0, (u64)want->st0);
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
	if (vcpu_fd >= 0 && t->runs % AT_ONCE == AT_ONCE - 1)
		t->run->immediate_exit = 1;
	/* A guest that halts has not called. */
	do {
		if (vcpu_fd < 0)
			break;
		ret = fpu_call(&want, &found, has, SYS_ioctl, vcpu_fd, KVM_RUN);
		compare(t, who, &found, &want);
	} while (!ret && t->run->exit_reason == KVM_EXIT_HLT);
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

static const struct state_ops ops = {
	.guest_step = fpu_guest_step,
	.prepare = fpu_guest_prepare,
	.observe = observe,
};

static const struct subtest subtests[] = { STATE_SUBTESTS };

int main(int argc, char *argv[])
{
	struct sigaction action = { .sa_sigaction = on_sigill, .sa_flags = SA_SIGINFO };

	test_init(argc, argv, TEST_KVM);
	state_use(&ops);
	TEST_ASSERT_OK(sigaction(SIGILL, &action, NULL));
	has = (cpu_has_xsave() ? FPU_HAS_XSAVE : 0) | (cpu_has_avx() ? FPU_HAS_AVX : 0) |
	      (cpu_has_pku() ? FPU_HAS_PKU : 0);
	host_xcr0 = has & FPU_HAS_XSAVE ? xgetbv(0) : 0;
	test_diag("host: XCR0 0x%llx, PKU %s", host_xcr0, has & FPU_HAS_PKU ? "yes" : "no");
	fpu_guest_init(host_xcr0);
	return test_run(subtests, ARRAY_SIZE(subtests));
}
