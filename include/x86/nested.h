/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hypervisor in a guest.  Guest code that calls nested_init() is L1 from then
 * on, and what nested_run() runs is L2: a function in the same address space,
 * with a stack and a TSS of its own.  The host that runs L1 is L0.
 *
 * L1 intercepts l2_call() and l2_hlt().  A ucall of L2's it does not: that goes
 * straight to L0, and KVM_RUN comes back with L2 active.
 */
#ifndef X86_NESTED_H
#define X86_NESTED_H

#include "host_state.h"
#include "x86/processor.h"

/* A page of L1's that the CPU knows by its physical address. */
struct nested_page {
	u64 gva;
	u64 gpa;
};

#define NESTED_PAGING_TABLES	3

struct nested {
	u32 vendor;			/* enum host_state_vendor */
	struct nested_page vmcx;	/* VMX: the VMCS; SVM: the VMCB */
	struct nested_page hsave;	/* VMX: the VMXON region; SVM: VM_HSAVE_PA */
	struct nested_page vmload;	/* SVM: where L1 keeps its own FS, GS, TR ... */
	struct nested_page msr_bitmap;	/* all zero; see nested_pass_msrs() */
	struct nested_page msr_lists;	/* VMX: what the CPU loads of those without a field */
	struct nested_page paging[NESTED_PAGING_TABLES];	/* see nested_set_paging() */
	u64 l2_tss;			/* where L2's TR points; nothing uses it */
	u64 l2_stack_top;
	u64 l1_ist_top;			/* where l1_fault() must land */
	u64 l1_flags;			/* L1's RFLAGS behind the last exit */
	bool launched;
};

/* State that L1 and L2 each have, but for TR; nested_msrs[] are their numbers. */
enum nested_msr {
	NESTED_FS_BASE,
	NESTED_GS_BASE,
	NESTED_SYSENTER_CS,
	NESTED_SYSENTER_ESP,
	NESTED_SYSENTER_EIP,
	NESTED_NR_VMX_MSRS,		/* those above have fields in the VMCS, the others not */
	NESTED_KERNEL_GS_BASE = NESTED_NR_VMX_MSRS,
	NESTED_STAR,
	NESTED_LSTAR,
	NESTED_CSTAR,
	NESTED_SFMASK,
	NESTED_NR_MSRS,
};

extern const u32 nested_msrs[NESTED_NR_MSRS];
extern const char * const nested_msr_names[NESTED_NR_MSRS];	/* as in a violation */

/* Registers that L1 and L2 each have. */
enum nested_reg {
	NESTED_CR0,
	NESTED_CR3,
	NESTED_CR4,
	NESTED_EFER,
	NESTED_DR7,
	NESTED_GDTR_BASE,
	NESTED_IDTR_BASE,
	NESTED_GDTR_LIMIT,
	NESTED_IDTR_LIMIT,
	NESTED_DS,
	NESTED_ES,
	NESTED_SS,
	NESTED_FS,
	NESTED_GS,
	NESTED_LDTR,
	NESTED_NR_REGS,
};

extern const char * const nested_reg_names[NESTED_NR_REGS];	/* as in a violation */

enum nested_exit {
	NESTED_EXIT_CALL,
	NESTED_EXIT_HLT,
	NESTED_EXIT_OTHER,
};

/* Host. */
bool nested_supported(void);
void nested_require(void);
const char *nested_refusal_why_not(void);
const char *nested_paging_why_not(void);
void nested_alloc(struct kvm_vcpu *vcpu, struct nested *nested);
void nested_give_l2(struct kvm_vcpu *vcpu, void (*l2_code)(void));
void nested_other_regs(struct kvm_vm *vm, const u64 *values, u64 *other);
void nested_regs_get(struct kvm_vcpu *vcpu, u64 *values);
void nested_regs_set(struct kvm_vcpu *vcpu, const u64 *values);
void nested_set_l1_regs(struct kvm_vcpu *vcpu);
void nested_before_exit(u32 vendor, u64 *enters_with, u64 *l1_has, const u64 *l2_has);
void nested_save(struct kvm_vcpu *vcpu);
void nested_restore(struct kvm_vcpu *vcpu, struct kvm_vcpu *from);

/* Guest: L1. */
void nested_init(struct nested *nested, void (*l2_code)(void));
void nested_set_l2_msrs(struct nested *nested, const u64 *values);
void nested_pass_msrs(struct nested *nested);
void nested_set_l2_regs(struct nested *nested, const u64 *values);
void nested_set_paging(struct nested *nested);
enum nested_exit nested_run(struct nested *nested);
enum nested_exit nested_run_masked(struct nested *nested);
void nested_unmask(const struct nested *nested);
bool nested_run_failed(struct nested *nested);
void nested_quit(const struct nested *nested);
void l1_fault(const struct nested *nested);
void l1_enter_l2(void);
void l1_enter_l2_refused(void);

/* Guest: L2. */
void l2_exit_for_ever(const struct nested *nested, u64 arg);

/* Guest: L1, by vendor (lib/harness/x86/vmx.c and lib/harness/x86/svm.c); for nested.c. */
void vmx_init(struct nested *nested, u64 rip, u64 rsp);
void vmx_set_l2_msrs(const struct nested *nested, const u64 *values);
void vmx_pass_msrs(const struct nested *nested);
void vmx_set_l2_regs(const u64 *values);
u64 vmx_set_paging(u64 table);
enum nested_exit vmx_run(struct nested *nested);
bool vmx_run_refused(struct nested *nested);
bool vmx_run_failed(struct nested *nested);
void vmx_quit(void);
void svm_init(struct nested *nested, u64 rip, u64 rsp);
void svm_set_l2_msrs(struct nested *nested, const u64 *values);
void svm_pass_msrs(const struct nested *nested);
void svm_set_l2_regs(struct nested *nested, const u64 *values);
u64 svm_set_paging(struct nested *nested, u64 table);
enum nested_exit svm_run(struct nested *nested);
enum nested_exit svm_run_masked(struct nested *nested);
void svm_set_gif(void);
bool svm_run_failed(struct nested *nested);
void svm_quit(void);

/*
 * What L1 finds in its registers after L2 is L2's, and the other way round:
 * only RSP, RIP, RFLAGS and, on SVM, RAX are switched.  So neither side expects
 * anything to survive, and nobody saves anything.  RBP cannot be named here.
 */
#define NESTED_CLOBBERS_BUT_ARGS					\
	"rbx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",	\
	"r14", "r15", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",	\
	"xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12",	\
	"xmm13", "xmm14", "xmm15", "cc", "memory"

/* VMCALL and VMMCALL are three bytes long, HLT is one. */
static inline void l2_call(const struct nested *nested)
{
	u64 vmx = nested->vendor == HOST_STATE_VMX;

	asm volatile("push %%rbp\n\t"
		     "test %%rax, %%rax\n\t"
		     "jz 1f\n\t"
		     "vmcall\n\t"
		     "jmp 2f\n"
		     "1:\n\t"
		     "vmmcall\n"
		     "2:\n\t"
		     "pop %%rbp"
		     : "+a"(vmx) : : "rcx", "rdx", NESTED_CLOBBERS_BUT_ARGS);
}

static inline void l2_hlt(void)
{
	asm volatile("push %%rbp\n\t"
		     "hlt\n\t"
		     "pop %%rbp"
		     : : : "rax", "rcx", "rdx", NESTED_CLOBBERS_BUT_ARGS);
}

#define X86_CR4_VMXE		BIT_ULL(13)
#define X86_EFER_SVME		BIT_ULL(12)
#define X86_RFLAGS_IF		BIT_ULL(9)
#define X86_RFLAGS_FIXED	BIT_ULL(1)
#define MSR_IA32_SYSENTER_CS	0x174
#define MSR_IA32_SYSENTER_ESP	0x175
#define MSR_IA32_SYSENTER_EIP	0x176
#define MSR_FS_BASE		0xc0000100
#define MSR_GS_BASE		0xc0000101

#define NESTED_READ_CR(n)						\
static inline u64 nested_cr##n(void)					\
{									\
	u64 value;							\
									\
	asm volatile("mov %%cr" #n ", %0" : "=r"(value));		\
	return value;							\
}

NESTED_READ_CR(0)

NESTED_READ_CR(3)

NESTED_READ_CR(4)

#define NESTED_READ_SELECTOR(seg)					\
static inline u16 nested_##seg(void)					\
{									\
	u16 value;							\
									\
	asm volatile("mov %%" #seg ", %0" : "=r"(value));		\
	return value;							\
}

NESTED_READ_SELECTOR(ds)

NESTED_READ_SELECTOR(es)

NESTED_READ_SELECTOR(fs)

NESTED_READ_SELECTOR(gs)

#endif /* X86_NESTED_H */
