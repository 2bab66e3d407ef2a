// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guests that use the debug registers.  Their addresses are those of variables of the
 * thread that runs them: some that nobody watches, some that another watchpoint does.
 */
#include <sys/ioctl.h>

#include "kvm_util.h"
#include "x86/debug_guest.h"
#include "x86/processor.h"

#define HALTS		16	/* one of that many steps ends with HLT */

/* Its local enable bit, on writes of 8 bytes (SDM volume 3, 18.2.4). */
#define DR7_WATCH(i)	(1ULL << (2 * (i)) | 9ULL << (16 + 4 * (i)))
#define DR7_FIXED	0x400ULL
#define DR6_ALL_HIT	0xffff4fffULL	/* B0 to B3 and BS */
#define DR6_STEP	0xffff4ff0ULL	/* BS alone */

/* A guest has them at the same addresses, and leaves them alone. */
struct watchpoints watchpoints_of[VM_MAX_VCPUS];

#define SET_DR(n, value) \
	asm volatile("mov %0, %%dr" #n : : "r"((u64)(value)) : "memory")

/**
 * debug_l2_step() - guest code: load DR0 to DR3, DR6 and DR7
 * @id: of the vCPU, and in watchpoints_of[]
 * @n: steps so far: they differ from one to the next
 *
 * The first MOV exits, and then KVM lets the guest have them all.
 */
void debug_l2_step(u64 id, u64 n)
{
	const struct watchpoints *w = &watchpoints_of[id];
	const u64 watched = gva_of(w->watched), not = gva_of(w->unwatched);
	const u64 first = n % 3 == 1 ? watched + 8 : not;
	u64 dr7 = DR7_FIXED;

	SET_DR(7, DR7_FIXED);
	SET_DR(0, first);
	SET_DR(1, n % 3 ? first + 8 : 0);
	SET_DR(2, first + 16);
	SET_DR(3, n % 3 == 1 ? watched : first + 24);
	for (u64 i = 0; i < n % (NR_WATCHPOINTS + 1); i++)
		dr7 |= DR7_WATCH(i);
	SET_DR(7, dr7);
	SET_DR(6, n & 1 ? DR6_ALL_HIT : DR6_STEP);
}

/**
 * debug_guest_step() - guest code: the same, and sometimes HLT
 * @id: of the vCPU
 * @n: steps so far
 *
 * Newer kernels handle that exit before all others (handle_fastpath_hlt()).
 */
void debug_guest_step(u64 id, u64 n)
{
	debug_l2_step(id, n);
	if (n % HALTS == 3)
		asm volatile("hlt");
}

/**
 * debug_guest_set() - debug a guest, with watchpoints on what it never writes
 * @vcpu_fd: whose
 * @id: of the vCPU
 * @control: more of KVM_GUESTDBG_
 *
 * No run ends by them.
 */
void debug_guest_set(int vcpu_fd, u64 id, u32 control)
{
	const u64 not = gva_of(watchpoints_of[id].unwatched);
	struct kvm_guest_debug debug = {
		.control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP | control,
		.arch.debugreg = { not, not + 8, not + 16, not + 24,
				   [7] = DR7_FIXED | DR7_WATCH(0) | DR7_WATCH(1) },
	};

	TEST_ASSERT_OK(ioctl(vcpu_fd, KVM_SET_GUEST_DEBUG, &debug));
}
