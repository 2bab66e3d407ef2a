// SPDX-License-Identifier: GPL-2.0-only
/*
 * System management mode of a vCPU (SDM volume 3, 32; APM volume 2, 10): with an SMI its
 * state goes to memory, a handler begins, and RSM brings the state back.
 */
#include <sys/ioctl.h>

#include "x86/smm.h"
#include "x86/user_state.h"

#define MSR_IA32_SMBASE	0x9e
#define HANDLER		0x8000		/* from SMBASE; the state ends at 0x10000 */
#define PAGES		16

/** smm_supported() - whether KVM knows it */
bool smm_supported(void)
{
	return kvm_check_cap(KVM_CAP_X86_SMM);
}

/** smm_init() - before the guest starts: where its SMIs lead */
void smm_init(struct kvm_vcpu *vcpu)
{
	static const u8 rsm[] = { 0x0f, 0xaa };
	u64 base = vm_phy_page_alloc(vcpu->vm);
	/* The handler has an address space of its own: here it is the same. */
	struct kvm_userspace_memory_region region = {
		.slot = 1 << 16, .memory_size = vcpu->vm->mem_size,
		.userspace_addr = (u64)(uintptr_t)vcpu->vm->mem,
	};

	TEST_ASSERT_OK(ioctl(vcpu->vm->fd, KVM_SET_USER_MEMORY_REGION, &region));
	/* One after the other. */
	for (int i = 1; i < PAGES; i++)
		vm_phy_page_alloc(vcpu->vm);
	memcpy(addr_gpa2hva(vcpu->vm, base + HANDLER), rsm, sizeof(rsm));
	vcpu_set_msr(vcpu->fd, MSR_IA32_SMBASE, base);
}

/** smm_interrupt() - the next KVM_RUN begins with an SMI */
void smm_interrupt(struct kvm_vcpu *vcpu)
{
	TEST_ASSERT_OK(ioctl(vcpu->fd, KVM_SMI, 0));
}
