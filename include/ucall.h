/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls from a guest to its host: a write to an I/O port that nobody has, with
 * RDI pointing at the arguments.
 */
#ifndef UCALL_H
#define UCALL_H

#include "test_util.h"

#define UCALL_PORT	0x5de
#define UCALL_ARGS	5

enum ucall_cmd {
	UCALL_NONE,			/* the guest did not exit by a ucall */
	UCALL_SYNC,			/* args: whatever the test agreed with itself */
	UCALL_DONE,
	UCALL_ABORT,			/* file, line, expression, got, want */
	UCALL_UNHANDLED,		/* vector, error code, RIP, CR2 */
};

struct ucall {
	u64 cmd;
	u64 args[UCALL_ARGS];
};

struct kvm_vcpu;

u64 get_ucall(struct kvm_vcpu *vcpu, struct ucall *uc);

/* Guest only.  In ring 3 it works in what guest_call_user() runs. */
static inline void ucall(u64 cmd, u64 arg0, u64 arg1, u64 arg2, u64 arg3, u64 arg4)
{
	struct ucall uc = { cmd, { arg0, arg1, arg2, arg3, arg4 } };

	asm volatile("outl %%eax, %%dx"
		     : : "a"(0), "d"((u16)UCALL_PORT), "D"(&uc) : "memory");
}

#define GUEST_SYNC(arg)		ucall(UCALL_SYNC, (u64)(arg), 0, 0, 0, 0)
#define GUEST_SYNC_ARGS(a, b, c, d, e) \
	ucall(UCALL_SYNC, (u64)(a), (u64)(b), (u64)(c), (u64)(d), (u64)(e))
#define GUEST_DONE()		ucall(UCALL_DONE, 0, 0, 0, 0, 0)

/* The strings are the program's own: the host reads them at the same address. */
#define GUEST_FAIL(expr, got, want)					\
	ucall(UCALL_ABORT, (u64)(uintptr_t)__FILE__, __LINE__,		\
	      (u64)(uintptr_t)(expr), (u64)(got), (u64)(want))

#define GUEST_ASSERT(expr)						\
do {									\
	if (!(expr))							\
		GUEST_FAIL(#expr, 0, 1);				\
} while (0)

#define GUEST_ASSERT_EQ(got, want)					\
do {									\
	u64 __got = (u64)(got), __want = (u64)(want);			\
	if (__got != __want)						\
		GUEST_FAIL(#got " == " #want, __got, __want);		\
} while (0)

#endif /* UCALL_H */
