/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The x86 side of a guest: selectors, exceptions, registers, ring 3.
 */
#ifndef X86_PROCESSOR_H
#define X86_PROCESSOR_H

#include "kvm_util.h"
#include "x86/desc.h"
#include "x86/selectors.h"

#define UD_VECTOR		6
#define DF_VECTOR		8
#define GP_VECTOR		13
#define PF_VECTOR		14

#define X86_CR0_PE		BIT_ULL(0)
#define X86_CR0_MP		BIT_ULL(1)
#define X86_CR0_ET		BIT_ULL(4)
#define X86_CR0_NE		BIT_ULL(5)
#define X86_CR0_WP		BIT_ULL(16)
#define X86_CR0_PG		BIT_ULL(31)
#define X86_CR4_PAE		BIT_ULL(5)
#define X86_CR4_OSFXSR		BIT_ULL(9)
#define X86_CR4_OSXMMEXCPT	BIT_ULL(10)
#define X86_CR4_FSGSBASE	BIT_ULL(16)
#define X86_CR4_FRED		BIT_ULL(32)
#define X86_EFER_LME		BIT_ULL(8)
#define X86_EFER_LMA		BIT_ULL(10)
#define X86_EFER_SCE		BIT_ULL(0)
#define X86_EFER_NX		BIT_ULL(11)

/* Where no VM of the tests has memory, nor KVM a device. */
#define NOBODYS_GPA		0xfd000000ULL

#define MSR_IA32_PAT		0x277
#define MSR_EFER		0xc0000080
#define MSR_STAR		0xc0000081
#define MSR_LSTAR		0xc0000082
#define MSR_CSTAR		0xc0000083
#define MSR_SYSCALL_MASK	0xc0000084
#define MSR_KERNEL_GS_BASE	0xc0000102

#define PTE_PRESENT		BIT_ULL(0)
#define PTE_WRITABLE		BIT_ULL(1)
#define PTE_USER		BIT_ULL(2)
#define PTE_ADDR		0x000ffffffffff000ULL

/* What an exception handler gets; what it changes is restored on return. */
struct ex_regs {
	u64 r15, r14, r13, r12, r11, r10, r9, r8;
	u64 rdi, rsi, rbp, rbx, rdx, rcx, rax;
	u64 vector, error_code;
	u64 rip, cs, rflags, rsp, ss;
};

typedef void (*exception_handler)(struct ex_regs *regs);

/* Host: set up. */
void vm_install_exception_handler(struct kvm_vm *vm, int vector, exception_handler handler);
void vm_set_ist(struct kvm_vm *vm, int vector, int ist);
void vcpu_place_tables(struct kvm_vcpu *vcpu, u64 gdt, u64 tss);

/* lib/harness/x86/guest_features.c */
u32 guest_cpuid(u32 leaf, u32 subleaf, u32 reg);	/* reg: 0 EAX to 3 EDX */
u64 kvm_feature_msr(u32 msr);
void vcpu_hide_cpuid(struct kvm_vcpu *vcpu, const struct kvm_cpuid_entry2 *hidden);
void vcpu_set_msr(int vcpu_fd, u32 msr, u64 value);
u64 vcpu_enable_steal_time(struct kvm_vcpu *vcpu);

/* lib/harness/x86/long_mode.c, and the code in long_mode_stub.S. */
extern const char long_mode_stub[], long_mode_stub_32[], long_mode_stub_64[],
		  long_mode_stub_end[];
void vcpu_may_leave_long_mode(struct kvm_vcpu *vcpu);
void guest_toggle_long_mode(void);
#define TOGGLER_GS_BASE		0x6e5700000000ULL

/* lib/harness/x86/entry.S, and what it calls. */
extern const char exception_stubs[], guest_user_return[];
void guest_exception(struct ex_regs *regs);
void guest_call_user(void (*fn)(u64 arg), u64 arg, u64 stack_top);

static inline void cpu_relax(void)
{
	/* Also ends the vCPU's time slice where an emulator runs all in turn. */
	asm volatile("pause" : : : "memory");
}

static inline u64 rdmsr(u32 msr)
{
	u32 low, high;

	asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (u64)high << 32 | low;
}

static inline void wrmsr(u32 msr, u64 value)
{
	asm volatile("wrmsr" : : "a"((u32)value), "d"((u32)(value >> 32)), "c"(msr)
		     : "memory");
}

/* Its registers are MSRs (SDM volume 3, 12.12). */
#define MSR_APIC_BASE		0x1b
#define APIC_BASE_EXTD		BIT_ULL(10)
#define MSR_X2APIC_EOI		0x80b
#define MSR_X2APIC_SIVR		0x80f
#define APIC_ENABLE		0x1ff
#define MSR_X2APIC_ICR		0x830
#define ICR_ASSERT		BIT_ULL(14)

static inline void x2apic_enable(void)
{
	wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | APIC_BASE_EXTD);
	wrmsr(MSR_X2APIC_SIVR, APIC_ENABLE);
}

static inline void x2apic_send(u32 apic_id, u8 vector)
{
	wrmsr(MSR_X2APIC_ICR, (u64)apic_id << 32 | ICR_ASSERT | vector);
}

static inline u64 get_cr2(void)
{
	u64 cr2;

	asm volatile("mov %%cr2, %0" : "=r"(cr2));
	return cr2;
}

static inline void cpuid(u32 leaf, u32 subleaf, u32 out[4])
{
	asm volatile("cpuid" : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
		     : "a"(leaf), "c"(subleaf));
}

#endif /* X86_PROCESSOR_H */
