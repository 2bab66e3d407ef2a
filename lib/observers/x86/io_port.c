// SPDX-License-Identifier: GPL-2.0-only
/* I/O ports of user mode: a port that the calling thread may not use faults. */
#include <signal.h>
#include <sys/io.h>
#include <ucontext.h>

#include "x86/io_port.h"

static __thread int faults;	/* counted by the signal handler */

/* Skip the instruction: IN AL, DX and OUT DX, AL are one byte. */
static void on_sigsegv(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig;
	(void)info;
	faults++;
	uc->uc_mcontext.gregs[REG_RIP]++;
}

/**
 * ioperm_require() - grant the calling thread @port, or skip the test
 *
 * From here on port_read_works() and port_write_works() may be called, on any thread;
 * a SIGSEGV of another cause is not told from theirs.
 */
void ioperm_require(u16 port)
{
	struct sigaction action = { .sa_sigaction = on_sigsegv, .sa_flags = SA_SIGINFO };

	TEST_REQUIRE(!ioperm(port, 1, 1), "ioperm: %s (needs CAP_SYS_RAWIO, and no lockdown)",
		     strerror(errno));
	TEST_ASSERT_OK(sigaction(SIGSEGV, &action, NULL));
}

/** port_read_works() - whether IN does not fault on the calling thread */
bool port_read_works(u16 port)
{
	int before = READ_ONCE(faults);
	u8 value;

	asm volatile("inb %w1, %b0" : "=a"(value) : "d"(port) : "memory");
	return READ_ONCE(faults) == before;
}

/** port_write_works() - the same of OUT, of a 0 */
bool port_write_works(u16 port)
{
	int before = READ_ONCE(faults);

	asm volatile("outb %b0, %w1" : : "a"(0), "d"(port) : "memory");
	return READ_ONCE(faults) == before;
}
