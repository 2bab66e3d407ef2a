// SPDX-License-Identifier: GPL-2.0-only
/*
 * A thread that hops with segments of its own, and whose guest has one of its own.
 *
 * On VMX what KVM saved of the host is in one of two VMCSs, and what it restores comes
 * from that which is loaded then: vmx_sync_vmcs_host_state() hands it on.  So each run
 * begins at one level and ends at the other.  The levels alternate run by run: of an odd
 * number of kinds of segments each has both.
 */
#include "observer.h"
#include "x86/nested.h"
#include "x86/nested_check.h"
#include "x86/segments.h"

static struct nested nested;		/* the guest's copy counts */

static void l2_code(void)
{
	for (;;) {
		GUEST_SYNC(2);
		l2_call(&nested);
	}
}

static void l1_code(void)
{
	load_tr(GUEST_TSS);
	nested_init(&nested, l2_code);
	for (;;) {
		nested_run(&nested);
		GUEST_SYNC(1);
	}
}

/**
 * segs_hop_nested() - segs_hop() of one such thread; needs nested_supported()
 * @hops: of the thread
 * @with: as segs_kinds() returned it; of an even number of kinds the first is left out
 */
void segs_hop_nested(u64 hops, u32 with)
{
	u64 before = nested_entries();
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = vm_create_with_one_vcpu(&vcpu, l1_code);

	nested_alloc(vcpu, &nested);
	if (__builtin_popcount(with) % 2 == 0)
		with &= with - 1;	/* one less */
	segs_hop_vcpus(&vcpu, 1, hops, with, 0);
	if (host_state_guard_mode() != HOST_STATE_GUARD_OFF && nested_entries() == before)
		subtest_inconclusive("no guarded entry with L2 active");
	kvm_vm_free(vm);
}
