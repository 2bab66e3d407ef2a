// SPDX-License-Identifier: GPL-2.0-only
/*
 * 32-bit system calls of a 64-bit process: INT 0x80, and SYSENTER or SYSCALL
 * from compatibility mode.
 */
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "kvm_util.h"
#include "observer.h"
#include "x86/processor.h"
#include "x86/segments.h"

#define STACK_SIZE	65536U		/* a signal's frame has to fit as well */
#define PAD_PAGES	2		/* the kernel's vdso-image-32 is no larger */
#define NOP		0x90

static int refused;

/* INT 0x80 is two bytes. */
static void skip_int80(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig;
	(void)info;
	WRITE_ONCE(refused, 1);
	uc->uc_mcontext.gregs[REG_RIP] += 2;
}

/* Where the kernel has no IA-32 emulation, the gate's privilege faults. */
static bool int80_works(void)
{
	static enum { UNKNOWN, WORKS, FAULTS } state;
	struct sigaction action = { .sa_sigaction = skip_int80, .sa_flags = SA_SIGINFO };
	struct sigaction before;
	long ret = I386_GETTID;

	if (state == UNKNOWN) {
		TEST_ASSERT_OK(sigaction(SIGSEGV, &action, &before));
		asm volatile("int $0x80" : "+a"(ret) : : "memory", "r8", "r9", "r10", "r11");
		TEST_ASSERT_OK(sigaction(SIGSEGV, &before, NULL));
		state = !READ_ONCE(refused) && ret == gettid() ? WORKS : FAULTS;
	}
	return state == WORKS;
}

/*
 * SYSENTER and SYSCALL of 32-bit code return to the landing pad that the 32-bit
 * vDSO would have, relative to where the vDSO is (do_fast_syscall_32 in
 * arch/x86/entry/common.c).  A 64-bit process has its own vDSO, above 4 GiB, and
 * SYSRETL takes the lower half of that address.  So put code there: NOPs, which
 * lead to a jump back to 64-bit code wherever in them the landing pad is.
 */
static const char *make_landing_pad(void)
{
	static const char *why_not = "";
	u64 vdso = getauxval(AT_SYSINFO_EHDR);
	u32 at = (u32)vdso & ~(PAGE_SIZE - 1), resume = (u32)(uintptr_t)compat_resume;
	const size_t size = (PAD_PAGES + 1) * PAGE_SIZE;
	u8 *pad, *end;

	if (!why_not || why_not[0])
		return why_not;
	pad = mmap((void *)(uintptr_t)at, size, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (!vdso || pad == MAP_FAILED || (u64)(uintptr_t)pad + size > 1ULL << 32) {
		why_not = "no room for a landing pad below 4 GiB; run it again";
		return why_not;
	}
	memset(pad, NOP, PAD_PAGES * PAGE_SIZE);
	end = pad + PAD_PAGES * PAGE_SIZE;
	end[0] = 0xea;			/* JMP ptr16:32 */
	memcpy(end + 1, &resume, sizeof(resume));
	end[5] = 0x33;			/* __USER_CS */
	end[6] = 0;
	TEST_ASSERT_OK(mprotect(pad, size, PROT_READ | PROT_EXEC));
	why_not = NULL;
	return why_not;
}

/** compat_fast_entry() - the instruction that enters the kernel fast on this host */
enum compat_entry compat_fast_entry(void)
{
	/* In long mode Intel has no 32-bit SYSCALL and AMD no SYSENTER. */
	return kvm_vendor() == HOST_STATE_SVM ? COMPAT_SYSCALL : COMPAT_SYSENTER;
}

/* CPUID.(EAX=7,ECX=1):EAX[17], Intel's FRED specification. */
static bool cpu_has_fred(void)
{
	u32 regs[4];

	cpuid(0, 0, regs);
	if (regs[0] < 7)
		return false;
	cpuid(7, 1, regs);
	return regs[0] >> 17 & 1;
}

/**
 * compat_why_not() - whether 32-bit system calls can be made
 * @entry: how; the fast one of this host or COMPAT_INT80
 *
 * Returns NULL, or the reason why not.  Call it before there are threads.
 */
const char *compat_why_not(enum compat_entry entry)
{
	struct host_state hs;

	if (!int80_works())
		return "no 32-bit system calls: the kernel has no IA32_EMULATION";
	if (entry == COMPAT_INT80)
		return NULL;
	/* FRED returns to the landing pad's full address, and faults. */
	if (host_state_available()) {
		host_state_snapshot(&hs);
		if (hs.cpu_holds.value[HS_CR4] & X86_CR4_FRED)
			return "with FRED neither SYSENTER nor SYSCALL uses an MSR";
	} else if (cpu_has_fred()) {
		return "this CPU has FRED, and without the module nobody knows if it is on";
	}
	return make_landing_pad();
}

/**
 * compat_call() - a system call by 32-bit code, or by INT 0x80 in it
 * @entry: for which compat_why_not() returned NULL
 * @nr: number of the system call on i386
 * @arg: its first argument
 *
 * No signal gets in between: it would return to the landing pad by IRET, which
 * does not cut the address.  Returns what the kernel returned in EAX.
 */
long compat_call(enum compat_entry entry, u32 nr, u32 arg)
{
	static const char * const code[] = {
		[COMPAT_INT80] = compat_int80,
		[COMPAT_SYSENTER] = compat_sysenter,
		[COMPAT_SYSCALL] = compat_syscall,
	};
	static __thread char *stack;
	sigset_t all, before;
	long ret;

	if (!stack) {
		stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
		TEST_RESOURCE(stack != MAP_FAILED, "not enough memory below 4 GiB");
	}
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ret = compat_enter(nr, arg, stack + STACK_SIZE, code[entry]);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return ret;
}
