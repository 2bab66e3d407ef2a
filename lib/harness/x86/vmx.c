// SPDX-License-Identifier: GPL-2.0-only
/*
 * L1 as a hypervisor on VMX.  Everything here is guest code.  Sources: SDM
 * volume 3, chapters 24 (VMCS), 26 (VM entry), 27 (VM exit) and 31.
 */
#include "host_state.h"
#include "x86/nested.h"
#include "x86/vmx.h"

static void write_field(u64 field, u64 value)
{
	if (!vmcs_write(field, value))
		GUEST_FAIL("VMWRITE of this field failed", field, 0);
}

static u64 read_field(u64 field)
{
	u64 value = 0;

	if (!vmcs_read(field, &value))
		GUEST_FAIL("VMREAD of this field failed", field, 0);
	return value;
}

/* What an entry loads, then what an exit does: for those that have no field. */
struct msr_lists {
	struct {
		u32 msr;
		u32 reserved;
		u64 value;
	} at[2][NESTED_NR_MSRS - NESTED_NR_VMX_MSRS + 1];
};

enum { AT_ENTRY, AT_EXIT };

static struct msr_lists *msr_lists(const struct nested *nested)
{
	return (struct msr_lists *)(uintptr_t)nested->msr_lists.gva;
}

/* What must be 1 and may be 1 (appendix A.3): low and high half of the MSR. */
static void write_controls(u64 field, u32 msr, u32 wanted, u32 where_it_may)
{
	u64 allowed;

	if (rdmsr(MSR_IA32_VMX_BASIC) & VMX_BASIC_TRUE_CTLS)
		msr += VMX_TRUE_CTLS;
	allowed = rdmsr(msr);
	GUEST_ASSERT_EQ(wanted & ~(u32)(allowed >> 32), 0);
	write_field(field, wanted | (where_it_may & (u32)(allowed >> 32)) | (u32)allowed);
}

static void write_control_fields(void)
{
	write_controls(PIN_BASED_CONTROLS, MSR_IA32_VMX_PINBASED_CTLS, 0, 0);
	write_controls(PROC_BASED_CONTROLS, MSR_IA32_VMX_PROCBASED_CTLS,
		       PROCBASED_HLT_EXITING, 0);
	write_controls(VM_EXIT_CONTROLS, MSR_IA32_VMX_EXIT_CTLS,
		       EXIT_HOST_ADDRESS_SPACE_SIZE | EXIT_LOAD_IA32_EFER,
		       EXIT_LOAD_IA32_PAT);
	write_controls(VM_ENTRY_CONTROLS, MSR_IA32_VMX_ENTRY_CTLS,
		       ENTRY_LOAD_DEBUG_CONTROLS | ENTRY_IA32E_MODE_GUEST |
		       ENTRY_LOAD_IA32_EFER, ENTRY_LOAD_IA32_PAT);
	write_field(EXCEPTION_BITMAP, 0);
	write_field(PAGE_FAULT_ERROR_CODE_MASK, 0);
	write_field(PAGE_FAULT_ERROR_CODE_MATCH, 0);
	write_field(CR3_TARGET_COUNT, 0);
	write_field(VM_EXIT_MSR_STORE_COUNT, 0);
	write_field(VM_EXIT_MSR_LOAD_COUNT, 0);
	write_field(VM_ENTRY_MSR_LOAD_COUNT, 0);
	write_field(VM_ENTRY_INTERRUPTION_INFO, 0);
	write_field(CR0_GUEST_HOST_MASK, 0);
	write_field(CR4_GUEST_HOST_MASK, 0);
	write_field(CR0_READ_SHADOW, nested_cr0());
	write_field(CR4_READ_SHADOW, nested_cr4());
}

/* Host-state area (24.5): L1 as it is now.  RSP and RIP follow with each entry. */
static void write_host_fields(const struct nested *nested)
{
	for (int i = NESTED_NR_VMX_MSRS; i < NESTED_NR_MSRS; i++)
		msr_lists(nested)->at[AT_EXIT][i - NESTED_NR_VMX_MSRS].value =
			rdmsr(nested_msrs[i]);
	write_field(HOST_ES_SELECTOR, nested_es());
	write_field(HOST_CS_SELECTOR, GUEST_KERNEL_CS);
	write_field(HOST_SS_SELECTOR, GUEST_KERNEL_DS);
	write_field(HOST_DS_SELECTOR, nested_ds());
	write_field(HOST_FS_SELECTOR, nested_fs());
	write_field(HOST_GS_SELECTOR, nested_gs());
	write_field(HOST_TR_SELECTOR, get_tr());
	write_field(HOST_CR0, nested_cr0());
	write_field(HOST_CR3, nested_cr3());
	write_field(HOST_CR4, nested_cr4());
	write_field(HOST_IA32_EFER, rdmsr(MSR_EFER));
	write_field(HOST_IA32_PAT, rdmsr(MSR_IA32_PAT));
	write_field(HOST_FS_BASE, rdmsr(MSR_FS_BASE));
	write_field(HOST_GS_BASE, rdmsr(MSR_GS_BASE));
	/* As a hypervisor does it; KVM's selftests had it wrong (7fe9f5366bd5). */
	write_field(HOST_TR_BASE, get_desc64_base(get_tss_desc()));
	write_field(HOST_GDTR_BASE, get_gdt().address);
	write_field(HOST_IDTR_BASE, get_idt().address);
	write_field(HOST_SYSENTER_CS, rdmsr(MSR_IA32_SYSENTER_CS));
	write_field(HOST_SYSENTER_ESP, rdmsr(MSR_IA32_SYSENTER_ESP));
	write_field(HOST_SYSENTER_EIP, rdmsr(MSR_IA32_SYSENTER_EIP));
}

/**
 * vmx_set_l2_msrs() - nested_set_l2_msrs() on VMX: in the current VMCS
 *
 * Its lists (24.7.2, 24.8.2) load those that have no field.
 */
void vmx_set_l2_msrs(const struct nested *nested, const u64 *values)
{
	const u64 nr = NESTED_NR_MSRS - NESTED_NR_VMX_MSRS;
	struct msr_lists *lists = msr_lists(nested);
	const u64 gpa = nested->msr_lists.gpa;

	for (u64 i = 0; i < nr; i++) {
		lists->at[AT_ENTRY][i].msr = nested_msrs[NESTED_NR_VMX_MSRS + i];
		lists->at[AT_EXIT][i].msr = nested_msrs[NESTED_NR_VMX_MSRS + i];
		lists->at[AT_ENTRY][i].value = values[NESTED_NR_VMX_MSRS + i];
	}
	write_field(VM_ENTRY_MSR_LOAD_ADDR, gpa);
	write_field(VM_EXIT_MSR_LOAD_ADDR, gpa + sizeof(lists->at[AT_ENTRY]));
	write_field(VM_ENTRY_MSR_LOAD_COUNT, nr);
	write_field(VM_EXIT_MSR_LOAD_COUNT, nr);
	write_field(GUEST_FS_BASE, values[NESTED_FS_BASE]);
	write_field(GUEST_GS_BASE, values[NESTED_GS_BASE]);
	write_field(GUEST_SYSENTER_CS, values[NESTED_SYSENTER_CS]);
	write_field(GUEST_SYSENTER_ESP, values[NESTED_SYSENTER_ESP]);
	write_field(GUEST_SYSENTER_EIP, values[NESTED_SYSENTER_EIP]);
}

/** vmx_set_l2_regs() - nested_set_l2_regs() on VMX: in the current VMCS */
void vmx_set_l2_regs(const u64 *values)
{
	write_field(GUEST_CR0, values[NESTED_CR0]);
	write_field(GUEST_CR3, values[NESTED_CR3]);
	write_field(GUEST_CR4, values[NESTED_CR4]);
	write_field(GUEST_IA32_EFER, values[NESTED_EFER]);
	write_field(GUEST_DR7, values[NESTED_DR7]);
	write_field(GUEST_GDTR_BASE, values[NESTED_GDTR_BASE]);
	write_field(GUEST_IDTR_BASE, values[NESTED_IDTR_BASE]);
	write_field(GUEST_GDTR_LIMIT, values[NESTED_GDTR_LIMIT]);
	write_field(GUEST_IDTR_LIMIT, values[NESTED_IDTR_LIMIT]);
	write_field(GUEST_DS_SELECTOR, values[NESTED_DS]);
	write_field(GUEST_ES_SELECTOR, values[NESTED_ES]);
	write_field(GUEST_FS_SELECTOR, values[NESTED_FS]);
	write_field(GUEST_GS_SELECTOR, values[NESTED_GS]);
	write_field(GUEST_LDTR_SELECTOR, values[NESTED_LDTR]);
}

/* @nr: 0 to 7, in the order of enum vmcs_field. */
static void write_segment(u64 nr, u16 selector, u64 base, u32 limit, u32 rights)
{
	write_field(GUEST_ES_SELECTOR + 2 * nr, selector);
	write_field(GUEST_ES_LIMIT + 2 * nr, limit);
	write_field(GUEST_ES_ACCESS_RIGHTS + 2 * nr, rights);
	write_field(GUEST_ES_BASE + 2 * nr, base);
}

/* Guest-state area (24.4): L2 is like L1, but for RIP, RSP, TR and PAT. */
static void write_guest_fields(const struct nested *nested, u64 rip, u64 rsp)
{
	enum { ES, CS, SS, DS, FS, GS, LDTR, TR };

	for (u64 nr = ES; nr <= GS; nr++)
		write_segment(nr, nr == CS ? GUEST_KERNEL_CS : GUEST_KERNEL_DS, 0,
			      0xffffffff, nr == CS ? VMX_AR_CODE64 : VMX_AR_DATA);
	write_segment(LDTR, 0, 0, 0, VMX_AR_UNUSABLE);
	write_segment(TR, GUEST_TSS, nested->l2_tss, sizeof(struct tss64) - 1,
		      VMX_AR_BUSY_TSS);
	write_field(GUEST_GDTR_BASE, get_gdt().address);
	write_field(GUEST_GDTR_LIMIT, get_gdt().size);
	write_field(GUEST_IDTR_BASE, get_idt().address);
	write_field(GUEST_IDTR_LIMIT, get_idt().size);
	write_field(GUEST_CR0, nested_cr0());
	write_field(GUEST_CR3, nested_cr3());
	write_field(GUEST_CR4, nested_cr4());
	write_field(GUEST_IA32_EFER, rdmsr(MSR_EFER));
	/* Write combining by the last entry, which no page of a guest has. */
	write_field(GUEST_IA32_PAT, (rdmsr(MSR_IA32_PAT) & ~PAT_LAST) | PAT_LAST_WC);
	write_field(GUEST_DR7, 0x400);
	write_field(GUEST_IA32_DEBUGCTL, 0);
	write_field(GUEST_SYSENTER_CS, 0);
	write_field(GUEST_SYSENTER_ESP, 0);
	write_field(GUEST_SYSENTER_EIP, 0);
	write_field(GUEST_INTERRUPTIBILITY, 0);
	write_field(GUEST_ACTIVITY_STATE, 0);
	write_field(GUEST_PENDING_DBG_EXCEPTIONS, 0);
	write_field(VMCS_LINK_POINTER, ~0ULL);
	write_field(GUEST_RIP, rip);
	write_field(GUEST_RSP, rsp);
	/*
	 * Interrupts on, though L1 has none for L2: some emulators of VMX do
	 * not let an interrupt of L0's end a guest that has them off.
	 */
	write_field(GUEST_RFLAGS, X86_RFLAGS_FIXED | X86_RFLAGS_IF);
}

static void enter_vmx_operation(const struct nested *nested)
{
	u32 revision = (u32)rdmsr(MSR_IA32_VMX_BASIC) & 0x7fffffff;
	u64 control = rdmsr(MSR_IA32_FEATURE_CONTROL);
	u64 cr0, cr4;

	/* What a BIOS does. */
	if (!(control & FEATURE_CONTROL_LOCKED))
		wrmsr(MSR_IA32_FEATURE_CONTROL,
		      control | FEATURE_CONTROL_LOCKED | FEATURE_CONTROL_VMXON);
	cr0 = nested_cr0() & rdmsr(MSR_IA32_VMX_CR0_FIXED1);
	cr0 |= rdmsr(MSR_IA32_VMX_CR0_FIXED0);
	cr4 = (nested_cr4() | X86_CR4_VMXE) & rdmsr(MSR_IA32_VMX_CR4_FIXED1);
	cr4 |= rdmsr(MSR_IA32_VMX_CR4_FIXED0);
	asm volatile("mov %0, %%cr0" : : "r"(cr0) : "memory");
	asm volatile("mov %0, %%cr4" : : "r"(cr4) : "memory");

	*(u32 *)(uintptr_t)nested->hsave.gva = revision;
	*(u32 *)(uintptr_t)nested->vmcx.gva = revision;
	GUEST_ASSERT(vmx_on(nested->hsave.gpa));
}

/** vmx_init() - nested_init() on VMX */
void vmx_init(struct nested *nested, u64 rip, u64 rsp)
{
	enter_vmx_operation(nested);
	GUEST_ASSERT(vmcs_clear(nested->vmcx.gpa));
	GUEST_ASSERT(vmcs_load(nested->vmcx.gpa));
	write_control_fields();
	write_host_fields(nested);
	write_guest_fields(nested, rip, rsp);
	nested->launched = false;
}

/** vmx_set_paging() - for nested_set_paging(); returns what a leaf has beside the address */
u64 vmx_set_paging(u64 table)
{
	write_controls(PROC_BASED_CONTROLS, MSR_IA32_VMX_PROCBASED_CTLS,
		       PROCBASED_HLT_EXITING | PROCBASED_SECONDARY_CONTROLS, 0);
	write_field(SECONDARY_CONTROLS, PROCBASED2_ENABLE_EPT);
	write_field(EPT_POINTER, table | EPTP_4_LEVELS | EPT_WRITE_BACK);
	return EPT_LEAF_MEMORY_TYPE(EPT_WRITE_BACK);
}

/* Returns whether there was a VM exit: else the CPU has refused the entry. */
static bool enter(struct nested *nested)
{
	u64 failed = nested->launched, rsp = HOST_RSP, rip_or_flags = HOST_RIP;

	/*
	 * In: whether to resume.  Out: 0 behind a VM exit, and its RFLAGS in RCX; 1 if there
	 * was none.
	 */
	asm volatile("push %%rbp\n\t"
		     "vmwrite %%rsp, %%rdx\n\t"
		     "lea 3f(%%rip), %%rdi\n\t"
		     "vmwrite %%rdi, %%rcx\n\t"
		     "test %%rax, %%rax\n\t"
		     "stc\n\t"
		     "jnz 1f\n\t"
		     "vmlaunch\n\t"
		     "jmp 2f\n"
		     "1:\n\t"
		     "vmresume\n"
		     "2:\n\t"
		     "mov $1, %%eax\n\t"
		     "jmp 4f\n"
		     "3:\n\t"
		     "pushf\n\t"
		     "pop %%rcx\n\t"
		     "xor %%eax, %%eax\n"
		     "4:\n\t"
		     "pop %%rbp"
		     : "+a"(failed), "+c"(rip_or_flags), "+d"(rsp)
		     : : NESTED_CLOBBERS_BUT_ARGS);
	if (failed)
		return false;
	nested->launched = true;
	nested->l1_flags = rip_or_flags;
	return true;
}

/** vmx_run() - nested_run() on VMX */
enum nested_exit vmx_run(struct nested *nested)
{
	u64 reason;

	if (!enter(nested)) {
		GUEST_FAIL("VMLAUNCH or VMRESUME: VM-instruction error",
			   read_field(VM_INSTRUCTION_ERROR), 0);
		return NESTED_EXIT_OTHER;
	}
	reason = read_field(EXIT_REASON);
	if (reason == EXIT_REASON_VMCALL) {
		write_field(GUEST_RIP, read_field(GUEST_RIP) + 3);
		return NESTED_EXIT_CALL;
	}
	if (reason == EXIT_REASON_HLT) {
		write_field(GUEST_RIP, read_field(GUEST_RIP) + 1);
		return NESTED_EXIT_HLT;
	}
	GUEST_FAIL("exit reason of L2 == VMCALL or HLT", reason, EXIT_REASON_VMCALL);
	return NESTED_EXIT_OTHER;
}

/**
 * vmx_run_refused() - enter L2 with a TPR shadow and no memory behind it
 * @nested: after nested_init(); of no use afterwards but for more of these
 *
 * L0 has no page to give to the CPU, and so no way to make such an L2's CR8 one that is
 * not the host's: it has to see to it that the CPU refuses (SDM volume 3, 27.2.1.1).
 * Returns whether it did, for that reason.  Only where nested_refusal_why_not() is NULL.
 */
bool vmx_run_refused(struct nested *nested)
{
	write_controls(PROC_BASED_CONTROLS, MSR_IA32_VMX_PROCBASED_CTLS,
		       PROCBASED_HLT_EXITING | PROCBASED_USE_TPR_SHADOW, 0);
	write_field(VIRTUAL_APIC_PAGE, NOBODYS_GPA);
	write_field(TPR_THRESHOLD, 0);
	return !enter(nested) && read_field(VM_INSTRUCTION_ERROR) == VMX_INVALID_CONTROLS;
}

/**
 * vmx_run_failed() - nested_run_failed() on VMX
 *
 * The last in its list of MSRs must not be in one: FS_BASE has a field (SDM volume 3, 27.4,
 * 27.8).
 */
bool vmx_run_failed(struct nested *nested)
{
	const u64 nr = NESTED_NR_MSRS - NESTED_NR_VMX_MSRS;

	msr_lists(nested)->at[AT_ENTRY][nr].msr = MSR_FS_BASE;
	write_field(VM_ENTRY_MSR_LOAD_COUNT, nr + 1);
	if (!enter(nested))
		return false;
	nested->launched = false;
	return read_field(EXIT_REASON) == (EXIT_REASON_MSR_LOAD | EXIT_REASON_OF_ENTRY) &&
	       read_field(EXIT_QUALIFICATION) == nr + 1;
}

/** vmx_quit() - nested_quit() on VMX */
void vmx_quit(void)
{
	GUEST_ASSERT(vmx_off());
}

/** vmx_pass_msrs() - nested_pass_msrs() on VMX: without a bitmap all would exit */
void vmx_pass_msrs(const struct nested *nested)
{
	write_controls(PROC_BASED_CONTROLS, MSR_IA32_VMX_PROCBASED_CTLS,
		       PROCBASED_HLT_EXITING | PROCBASED_USE_MSR_BITMAPS, 0);
	write_field(MSR_BITMAP, nested->msr_bitmap.gpa);
}
