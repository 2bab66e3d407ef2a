// SPDX-License-Identifier: GPL-2.0-only
/* Guests that leave long mode for a while. */
#include "x86/processor.h"

#define CODE_32		0x00cf9b000000ffffULL	/* flat, 32 bits, accessed */

typedef void long_mode_fn(struct ucall *uc, u64 page);

static u64 stub_page;			/* the guest's copy counts, and is alone written */

static void write_pointer(void *where, u64 page, const char *to, u16 selector)
{
	u32 offset = (u32)(page + (u64)(to - long_mode_stub));

	memcpy(where, &offset, sizeof(offset));
	memcpy((char *)where + sizeof(offset), &selector, sizeof(selector));
}

/** vcpu_may_leave_long_mode() - give @vcpu's VM what guest_toggle_long_mode() needs */
void vcpu_may_leave_long_mode(struct kvm_vcpu *vcpu)
{
	struct kvm_vm *vm = vcpu->vm;
	u64 *stub = guest_copy(vm, stub_page);
	const u64 code = CODE_32;
	char *page;

	memcpy(addr_gva2hva(vm, vcpu->gdt + GUEST_CODE32), &code, sizeof(code));
	if (*stub)
		return;
	*stub = vm_phy_page_alloc(vm);
	virt_map(vm, *stub, *stub, 1);
	page = addr_gpa2hva(vm, *stub);
	memcpy(page, long_mode_stub, (size_t)(long_mode_stub_end - long_mode_stub));
	write_pointer(page + LONG_MODE_TO_32, *stub, long_mode_stub_32, GUEST_CODE32);
	write_pointer(page + LONG_MODE_TO_64, *stub, long_mode_stub_64, GUEST_KERNEL_CS);
}

/* GUEST_SYNC(@arg) without paging and LMA. */
static void leave_long_mode(u64 arg)
{
	struct ucall uc = { UCALL_SYNC, { arg } };
	long_mode_fn *stub = (long_mode_fn *)stub_page;

	stub(&uc, stub_page);
}

/**
 * guest_toggle_long_mode() - guest code: GUEST_SYNC() out of long mode, and in it, for ever
 *
 * Every second run begins in long mode and ends out of it, the others go back.
 * KERNEL_GS_BASE is TOGGLER_GS_BASE.  One vCPU of a VM at a time: they share a page.
 */
void guest_toggle_long_mode(void)
{
	wrmsr(MSR_KERNEL_GS_BASE, TOGGLER_GS_BASE);
	for (u64 i = 0;; i++) {
		leave_long_mode(i);
		GUEST_SYNC(i);
	}
}
