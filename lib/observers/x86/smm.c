// SPDX-License-Identifier: GPL-2.0-only
/*
 * System management mode of a vCPU (SDM volume 3, 32; APM volume 2, 10): with an SMI its
 * state goes to memory, a handler begins, and RSM brings the state back.  The handler
 * here counts, and nothing else.
 */
#include <sys/ioctl.h>

#include "x86/smm.h"
#include "x86/user_state.h"

#define MSR_IA32_SMBASE	0x9e
/* From SMBASE; the state that is saved ends at 0x10000. */
#define HANDLER		0x8000
#define COUNT		0x9000
#define PAGES		16

static u64 base;

/** smm_supported() - whether KVM knows it */
bool smm_supported(void)
{
	return kvm_check_cap(KVM_CAP_X86_SMM);
}

/**
 * smm_init() - before the guest of @vcpu starts: where its SMIs lead
 *
 * Takes 16 pages of the VM's memory, and slot 0 of the address space of SMM, which
 * becomes that of the rest.
 */
void smm_init(struct kvm_vcpu *vcpu)
{
	/* incb %cs:COUNT; rsm: in real mode, with CS where SMBASE is. */
	static const u8 handler[] = { 0x2e, 0xfe, 0x06, COUNT & 0xff, COUNT >> 8, 0x0f, 0xaa };
	struct kvm_userspace_memory_region region = {
		.slot = 1 << 16, .memory_size = vcpu->vm->mem_size,
		.userspace_addr = (u64)(uintptr_t)vcpu->vm->mem,
	};

	TEST_ASSERT_OK(ioctl(vcpu->vm->fd, KVM_SET_USER_MEMORY_REGION, &region));
	base = vm_phy_page_alloc(vcpu->vm);
	for (u64 i = 1; i < PAGES; i++)
		TEST_ASSERT(vm_phy_page_alloc(vcpu->vm) == base + i * PAGE_SIZE, "pages in a row");
	memcpy(addr_gpa2hva(vcpu->vm, base + HANDLER), handler, sizeof(handler));
	vcpu_set_msr(vcpu->fd, MSR_IA32_SMBASE, base);
}

/** smm_interrupt() - the next KVM_RUN begins with an SMI */
void smm_interrupt(struct kvm_vcpu *vcpu)
{
	TEST_ASSERT_OK(ioctl(vcpu->fd, KVM_SMI, 0));
}

/** smm_count() - how many SMIs the handler has seen since smm_init(), up to 255 */
unsigned int smm_count(struct kvm_vm *vm)
{
	return *(const u8 *)addr_gpa2hva(vm, base + COUNT);
}
