// SPDX-License-Identifier: GPL-2.0-only
/* FPU state of a thread's own, around a system call: loaded before, compared after. */
#include <signal.h>
#include <sched.h>
#include <ucontext.h>

#include "observer.h"
#include "x86/fpu_call.h"
#include "x86/fpu_guest.h"
#include "x86/fpu_own.h"
#include "x86/user_state.h"

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

	t->values += 5;
	host_state_expect(who, "MXCSR", cpu, t->from, found->mxcsr, want->mxcsr);
	/* The upper halves are reserved. */
	host_state_expect(who, "FCW", cpu, t->from, (u16)found->x87[X87_FCW],
			  want->x87[X87_FCW]);
	host_state_expect(who, "FSW", cpu, t->from, found->x87[X87_FSW] & (u16)~FSW_CONDITION,
			  FSW_OWN);
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

/**
 * fpu_own_call() - load the thread's own values, make a system call, compare
 * @t: its ->runs decides which values, its ->values counts
 * @who: what a violation says of the observer
 * @nr: of the system call with @a, @b and @c; or negative: see fpu_call()
 *
 * Returns what the kernel did.
 */
long fpu_own_call(struct state_thread *t, const char *who, long nr, long a, long b, long c)
{
	struct fpu_regs want, found = { };
	long ret;

	load_own(t, &want);
	ret = fpu_call(&want, &found, has, nr, a, b, c);
	compare(t, who, &found, &want);
	return ret;
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

/** fpu_own_init() - once, before any guest; returns the host's XCR0, 0 without */
u64 fpu_own_init(void)
{
	struct sigaction action = { .sa_sigaction = on_sigill, .sa_flags = SA_SIGINFO };

	TEST_ASSERT_OK(sigaction(SIGILL, &action, NULL));
	has = (cpu_has_xsave() ? FPU_HAS_XSAVE : 0) | (cpu_has_avx() ? FPU_HAS_AVX : 0) |
	      (cpu_has_pku() ? FPU_HAS_PKU : 0);
	host_xcr0 = has & FPU_HAS_XSAVE ? xgetbv(0) : 0;
	test_diag("host: XCR0 0x%llx, PKU %s", host_xcr0, has & FPU_HAS_PKU ? "yes" : "no");
	return host_xcr0;
}
