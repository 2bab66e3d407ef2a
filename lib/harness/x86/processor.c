// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest in 64-bit mode: page tables, GDT, IDT, TSS, exceptions, ring 3.
 * Sources: SDM volume 3, chapters 3 to 7; APM volume 2, chapters 4, 5 and 8.
 */
#include "host_state.h"
#include "x86/processor.h"

#define STACK_PAGES	4
#define IST_PAGES	2
#define TSS_LIMIT	(sizeof(struct tss64) - 1)

/* Flat segments, accessed already: 64-bit code has L, data has D/B. */
#define KERNEL_CODE	0x00af9b000000ffffULL
#define KERNEL_DATA	0x00cf93000000ffffULL
#define USER_DATA	0x00cff3000000ffffULL
#define USER_CODE	0x00affb000000ffffULL

/* The guest's copy counts. */
static exception_handler exception_handlers[256];

/* Called by the stubs of entry.S, in the guest. */
void guest_exception(struct ex_regs *regs)
{
	if (exception_handlers[regs->vector]) {
		exception_handlers[regs->vector](regs);
		return;
	}
	for (;;)
		ucall(UCALL_UNHANDLED, regs->vector, regs->error_code, regs->rip, get_cr2(), 0);
}

/** kvm_vendor() - enum host_state_vendor of this host, by CPUID */
u32 kvm_vendor(void)
{
	u32 regs[4];

	cpuid(1, 0, regs);
	if (regs[2] >> 5 & 1)
		return HOST_STATE_VMX;
	cpuid(0x80000000, 0, regs);
	if (regs[0] < 0x80000001)
		return HOST_STATE_NO_VENDOR;
	cpuid(0x80000001, 0, regs);
	return regs[2] >> 2 & 1 ? HOST_STATE_SVM : HOST_STATE_NO_VENDOR;
}

/* The entry of @table (guest-physical) that is @index; a new table if wanted. */
static u64 *pt_entry(struct kvm_vm *vm, u64 table, u64 index, bool create)
{
	u64 *entry = (u64 *)addr_gpa2hva(vm, table) + index;

	/* Ring 3 may use every page: the segments decide, pages are no subject here. */
	if (create && !(*entry & PTE_PRESENT))
		*entry = vm_phy_page_alloc(vm) | PTE_PRESENT | PTE_WRITABLE | PTE_USER;
	return entry;
}

static u64 *pt_walk(struct kvm_vm *vm, u64 gva, bool create)
{
	u64 table = vm->pml4;

	for (int shift = 39; shift > PAGE_SHIFT; shift -= 9) {
		u64 *entry = pt_entry(vm, table, gva >> shift & 511, create);

		if (!(*entry & PTE_PRESENT))
			return NULL;
		table = *entry & PTE_ADDR;
	}
	return pt_entry(vm, table, gva >> PAGE_SHIFT & 511, false);
}

/**
 * virt_map() - map pages of 4 KiB, writable, executable, for all rings
 * @vm: the VM
 * @gva: canonical guest address, page-aligned, not mapped yet
 * @gpa: guest-physical address, page-aligned, not 0
 * @pages: how many
 */
void virt_map(struct kvm_vm *vm, u64 gva, u64 gpa, size_t pages)
{
	TEST_ASSERT(((gva | gpa) & (PAGE_SIZE - 1)) == 0, "0x%llx -> 0x%llx", gva, gpa);
	TEST_ASSERT((u64)((s64)(gva << 16) >> 16) == gva, "0x%llx is not canonical", gva);
	for (size_t i = 0; i < pages; i++) {
		u64 *pte = pt_walk(vm, gva + i * PAGE_SIZE, true);

		TEST_ASSERT(pte && !(*pte & PTE_PRESENT), "0x%llx is mapped", gva + i * PAGE_SIZE);
		*pte = (gpa + i * PAGE_SIZE) | PTE_PRESENT | PTE_WRITABLE | PTE_USER;
	}
}

/** addr_gva2gpa() - the guest-physical address of @gva, or 0 */
u64 addr_gva2gpa(struct kvm_vm *vm, u64 gva)
{
	u64 *pte = pt_walk(vm, gva, false);

	if (!pte || !(*pte & PTE_PRESENT))
		return 0;
	return (*pte & PTE_ADDR) | (gva & (PAGE_SIZE - 1));
}

/* A guest's tables need no alignment and may span pages. */
static void write_guest(struct kvm_vm *vm, u64 gva, const void *data, size_t size)
{
	while (size) {
		size_t part = PAGE_SIZE - (gva & (PAGE_SIZE - 1));

		if (part > size)
			part = size;
		memcpy(addr_gva2hva(vm, gva), data, part);
		data = (const u8 *)data + part;
		gva += part;
		size -= part;
	}
}

static void set_gate(struct kvm_vm *vm, int vector, const char *handler, int ist)
{
	u64 offset = (u64)(uintptr_t)handler;
	struct gate64 gate = {
		.offset0 = (u16)offset,
		.selector = GUEST_KERNEL_CS,
		.ist = (u8)ist,
		.access = 0xee,		/* interrupt gate; ring 3 may use INT n */
		.offset1 = (u16)(offset >> 16),
		.offset2 = (u32)(offset >> 32),
	};

	write_guest(vm, vm->idt + (u64)vector * sizeof(gate), &gate, sizeof(gate));
}

/**
 * vm_set_ist() - let a vector switch to a stack of its own
 * @vm: the VM
 * @vector: 0 to 255, not USER_RETURN_VECTOR
 * @ist: 1 to 7, the TSS's IST entry; 0: no switch
 */
void vm_set_ist(struct kvm_vm *vm, int vector, int ist)
{
	set_gate(vm, vector, exception_stubs + vector * EXCEPTION_STUB_SIZE, ist);
}

/**
 * vm_install_exception_handler() - a C function of the guest for a vector
 * @vm: the VM
 * @vector: 0 to 255, not USER_RETURN_VECTOR
 * @handler: gets the interrupted registers and may change them; NULL: none, and
 *	the exception becomes UCALL_UNHANDLED
 */
void vm_install_exception_handler(struct kvm_vm *vm, int vector, exception_handler handler)
{
	(*guest_copy(vm, exception_handlers))[vector] = handler;
}

/** vm_arch_create() - for vm_create(): the IDT, and what KVM on VMX wants */
void vm_arch_create(struct kvm_vm *vm)
{
	/* VMX without unrestricted guest wants three pages for real mode. */
	TEST_ASSERT_OK(ioctl(vm->fd, KVM_SET_TSS_ADDR, 0xfffbd000UL));
	vm->idt = vm_alloc(vm, 1);
	for (int vector = 0; vector < 256; vector++)
		vm_set_ist(vm, vector, 0);
	set_gate(vm, USER_RETURN_VECTOR, guest_user_return, 0);
}

static struct kvm_segment make_segment(u16 selector, u64 desc)
{
	return (struct kvm_segment) {
		.limit = 0xffffffff,
		.selector = selector,
		.type = desc >> 40 & 0xf,
		.s = 1,
		.dpl = desc >> 45 & 3,
		.present = 1,
		.l = desc >> 53 & 1,
		.db = desc >> 54 & 1,
		.g = 1,
	};
}

/**
 * vcpu_place_tables() - put a vCPU's GDT and TSS at chosen guest addresses
 * @vcpu: not started yet, or in a state where its TR and GDTR may change
 * @gdt: canonical; needs no alignment
 * @tss: canonical; needs no alignment
 *
 * Memory is allocated where there is none yet.  The GDT's TSS descriptor is
 * left available, not busy, so that the guest can LTR it by itself.
 */
void vcpu_place_tables(struct kvm_vcpu *vcpu, u64 gdt, u64 tss)
{
	const u64 flat[] = { 0, KERNEL_CODE, KERNEL_DATA, USER_DATA, USER_CODE };
	struct desc64 desc = make_desc64(tss, TSS_LIMIT, DESC_TYPE_TSS);
	struct tss64 table = { .rsp0 = vcpu->rsp0, .iomap_base = sizeof(table) };
	struct kvm_sregs sregs;

	memcpy(table.ist, vcpu->ist, sizeof(table.ist));
	vm_alloc_at(vcpu->vm, gdt, GUEST_GDT_SIZE);
	vm_alloc_at(vcpu->vm, tss, sizeof(table));
	write_guest(vcpu->vm, gdt, flat, sizeof(flat));
	write_guest(vcpu->vm, gdt + GUEST_TSS, &desc, sizeof(desc));
	write_guest(vcpu->vm, tss, &table, sizeof(table));
	vcpu->gdt = gdt;
	vcpu->tss = tss;

	vcpu_sregs_get(vcpu, &sregs);
	sregs.gdt.base = gdt;
	sregs.gdt.limit = GUEST_GDT_SIZE - 1;
	sregs.tr = (struct kvm_segment) {
		.base = tss,
		.limit = TSS_LIMIT,
		.selector = GUEST_TSS,
		.type = DESC_TYPE_TSS_BUSY,
		.present = 1,
	};
	vcpu_sregs_set(vcpu, &sregs);
}

static void vcpu_set_long_mode(struct kvm_vcpu *vcpu)
{
	struct kvm_segment data = make_segment(GUEST_KERNEL_DS, KERNEL_DATA);
	struct kvm_sregs sregs;

	vcpu_sregs_get(vcpu, &sregs);
	sregs.cr0 = X86_CR0_PE | X86_CR0_MP | X86_CR0_ET | X86_CR0_NE | X86_CR0_WP | X86_CR0_PG;
	sregs.cr3 = vcpu->vm->pml4;
	/* The compiler uses SSE in guest code too. */
	sregs.cr4 = X86_CR4_PAE | X86_CR4_OSFXSR | X86_CR4_OSXMMEXCPT;
	sregs.efer = X86_EFER_LME | X86_EFER_LMA;
	sregs.cs = make_segment(GUEST_KERNEL_CS, KERNEL_CODE);
	sregs.ds = data;
	sregs.es = data;
	sregs.fs = data;
	sregs.gs = data;
	sregs.ss = data;
	sregs.ldt = (struct kvm_segment) { .unusable = 1, .type = DESC_TYPE_LDT };
	sregs.idt.base = vcpu->vm->idt;
	sregs.idt.limit = 256 * sizeof(struct gate64) - 1;
	vcpu_sregs_set(vcpu, &sregs);
}

/** vcpu_arch_create() - for vm_vcpu_add(): stacks, tables, registers, CPUID */
void vcpu_arch_create(struct kvm_vcpu *vcpu, void *guest_code)
{
	struct kvm_vm *vm = vcpu->vm;
	struct kvm_regs regs = { .rflags = 2, .rip = (u64)(uintptr_t)guest_code };

	vcpu->stack_top = vm_alloc(vm, STACK_PAGES) + STACK_PAGES * PAGE_SIZE;
	vcpu->rsp0 = vm_alloc(vm, IST_PAGES) + IST_PAGES * PAGE_SIZE;
	for (int i = 0; i < TSS64_NR_IST; i++)
		vcpu->ist[i] = vm_alloc(vm, IST_PAGES) + IST_PAGES * PAGE_SIZE;
	vcpu_hide_cpuid(vcpu, NULL);
	vcpu_set_long_mode(vcpu);
	vcpu_place_tables(vcpu, vm_alloc(vm, 1), vm_alloc(vm, 1));

	/* As after a CALL; the return address 0 makes a return fault. */
	regs.rsp = vcpu->stack_top - sizeof(u64);
	vcpu_regs_set(vcpu, &regs);
}

/** vcpu_args_set() - the first two arguments of the function a vCPU starts in */
void vcpu_args_set(struct kvm_vcpu *vcpu, u64 arg0, u64 arg1)
{
	struct kvm_regs regs;

	vcpu_regs_get(vcpu, &regs);
	regs.rdi = arg0;
	regs.rsi = arg1;
	vcpu_regs_set(vcpu, &regs);
}
