/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All of the host's state that a VM entry, its exit or KVM's code around them
 * switches, and what this suite makes of it: every host-state field of the VMCS
 * (SDM volume 3, appendix B), all that VMRUN, VMSAVE and VMLOAD keep (APM volume 2,
 * appendix B), and what KVM 6.1, 6.12 and 7.3 switch by hand.
 *
 *	ROW(state, encoding in the VMCS or "", on VMX, on SVM, why)
 *
 * Compared are only places where none of these kernels may differ:
 *	entry	at kvm_entry, what the next exit will load
 *	held	at kvm_entry, what the CPU holds
 *	exit	at kvm_exit, what the CPU holds
 *	handled	the same in an interrupt after the exit, and while KVM handles it
 *	user	the same at the return to user mode
 *	read	the same in a test's snapshot
 *	used	by a test, for what it is there for
 *	no	nowhere, and the last column says why
 *	-	not switched there
 * README.md has it as a table (x86/host_state_table prints that).
 */
#ifndef HOST_STATE_TABLE_H
#define HOST_STATE_TABLE_H

#define HOST_STATE_TABLE(ROW) \
ROW("ES_SELECTOR", "0c00", "entry, exit", "exit, read, used", "") \
ROW("CS_SELECTOR", "0c02", "entry, held, exit", "exit", "") \
ROW("SS_SELECTOR", "0c04", "entry, exit", "exit", \
	"at kvm_entry null after an interrupt from user mode") \
ROW("DS_SELECTOR", "0c06", "entry, exit", "exit, read, used", "") \
ROW("FS_SELECTOR", "0c08", "entry, exit, used", "entry, exit, used", "") \
ROW("GS_SELECTOR", "0c0a", "entry, exit, used", "entry, exit, used", "") \
ROW("TR_SELECTOR", "0c0c", "entry, held, exit", "entry, held, exit", "") \
ROW("PAT", "2c00", "entry, exit", "held, exit", "") \
ROW("EFER", "2c02", "entry, exit, user", "exit, user, read", "SVME: after KVM has gone") \
ROW("PERF_GLOBAL_CTRL", "2c04", "no", "no", \
	"perf's, whose NMI writes it; an exit loads what perf wants, not what was there") \
ROW("PKRS", "2c06", "no", "-", "Linux has no supervisor keys") \
ROW("FRED_CONFIG", "2c08", "entry, exit", "exit", \
	"on FRED hosts; entry: KVM up to 7.3 has no exit load it") \
ROW("FRED_RSP1", "2c0a", "entry, exit", "exit", "the same") \
ROW("FRED_RSP2", "2c0c", "entry, exit", "exit", "the same") \
ROW("FRED_RSP3", "2c0e", "entry, exit", "exit", "the same") \
ROW("FRED_STKLVLS", "2c10", "entry, exit", "exit", "the same") \
ROW("FRED_SSP1", "2c12", "entry, exit", "exit", "the same") \
ROW("FRED_SSP2", "2c14", "entry, exit", "exit", "the same") \
ROW("FRED_SSP3", "2c16", "entry, exit", "exit", "the same") \
ROW("FRED_RSP0", "", "no", "no", \
	"a thread's own; written after the last place to look at (fred_update_rsp0)") \
ROW("SYSENTER_CS", "4c00", "entry, held, exit", "entry, exit", "") \
ROW("CR0", "6c00", "entry, exit, user", "exit, user", "") \
ROW("CR3", "6c02", "entry, exit", "exit", \
	"KVM writes it after kvm_entry; so what the exit loads is read at kvm_exit") \
ROW("CR4", "6c04", "entry, exit, user, read", "exit, user", \
	"the same; VMXE: after KVM has gone; user: not TSD, PCE and VMXE") \
ROW("FS_BASE", "6c06", "entry, exit, used", "entry, exit, used", "") \
ROW("GS_BASE", "6c08", "entry, exit", "entry, exit", "") \
ROW("TR_BASE", "6c0a", "entry, read, used", "entry, held, exit, used", \
	"VMX has no instruction that reads it") \
ROW("GDTR_BASE", "6c0c", "entry, held, exit", "held, exit", "") \
ROW("IDTR_BASE", "6c0e", "entry, held, exit", "held, exit", "") \
ROW("SYSENTER_ESP", "6c10", "entry, held, exit", "entry, exit, used", \
	"held: not without IA-32 emulation or with FRED, where it is 0 until an exit loads it") \
ROW("SYSENTER_EIP", "6c12", "entry, held, exit", "entry, exit", "") \
ROW("RSP", "6c14", "no", "no", \
	"KVM's own stack: it does not get as far as kvm_exit with another one") \
ROW("RIP", "6c16", "no", "-", "the same") \
ROW("S_CET", "6c18", "entry, exit", "no", \
	"on SVM the CPU keeps it by itself, from VMRUN to the exit") \
ROW("SSP", "6c1a", "entry", "no", "the same; the kernel has no shadow stack") \
ROW("INTR_SSP_TABLE", "6c1c", "entry, exit", "no", "the same") \
ROW("GDTR_LIMIT", "", "read", "exit", \
	"VMX sets 0xffff; KVM puts it right when the thread's state is put") \
ROW("IDTR_LIMIT", "", "read", "exit", "VMX sets 0xffff, and nobody minds") \
ROW("TR_LIMIT", "", "used", "entry, held, exit", \
	"VMX sets 0x67; KVM puts it right when the I/O bitmap is needed") \
ROW("IO_MAP_BASE", "", "used", "used", "of the TSS; KVM has no business there") \
ROW("LDTR_SELECTOR", "", "read, used", "entry, exit, used", "VMX loads null") \
ROW("LDTR_BASE", "", "used", "entry, exit", "") \
ROW("KERNEL_GS_BASE", "", "read, used", "entry, exit, used", \
	"on VMX the guest's until the thread's state is put") \
ROW("STAR", "", "user", "entry, held, exit, user", \
	"on VMX the guest's until the return to user mode") \
ROW("LSTAR", "", "user", "entry, held, exit, user", "the same") \
ROW("CSTAR", "", "user", "entry, held, exit, user, used", "the same") \
ROW("SFMASK", "", "user", "entry, held, exit, user", "the same") \
ROW("TSC_AUX", "", "user, used", "user, used", \
	"the guest's until the return to user mode") \
ROW("TSX_CTRL", "", "user", "-", \
	"the same; each CPU that has it does what tsx= says (tsx_init, tsx_ap_init)") \
ROW("XCR0", "", "handled, user, used", "handled, user, used", \
	"at kvm_exit the guest's, from 7.3 on") \
ROW("XSS", "", "handled, user", "handled, user", "the same") \
ROW("PKRU", "", "handled, used", "handled, used", \
	"a thread's own; at kvm_exit the guest's, from 7.3 on") \
ROW("XMM, YMM, MXCSR, FCW, FSW, FTW, ST0", "", "used", "used", \
	"a thread's own; swapped with all of its FPU state") \
ROW("XFD", "", "user", "user", \
	"a thread's own; while its FPU registers are in the CPU (TIF_NEED_FPU_LOAD)") \
ROW("XFD_ERR", "", "handled, user", "handled, user", \
	"at kvm_exit the guest's; then KVM clears it (vcpu_enter_guest)") \
ROW("U_CET, PL3_SSP", "", "no", "no", \
	"a thread's own; swapped with all of its FPU state, from 7.3 on") \
ROW("PL0_SSP to PL2_SSP", "", "no", "no", "nothing in the host reads them") \
ROW("DR0 to DR3", "", "used", "used", \
	"KVM restores them only where the host has a breakpoint") \
ROW("DR6", "", "user, used", "no", "on SVM the guest's until the next debug exception") \
ROW("DR7", "", "held, handled, user, used", "held, handled, user, used", \
	"at kvm_entry no breakpoint is enabled (vcpu_enter_guest)") \
ROW("DR0_ADDR_MASK", "", "-", "exit", \
	"with BPEXT; for SEV-ES guests alone (sev_es_prepare_switch_to_guest, 6.12)") \
ROW("DR1_ADDR_MASK", "", "-", "exit", "the same") \
ROW("DR2_ADDR_MASK", "", "-", "exit", "the same") \
ROW("DR3_ADDR_MASK", "", "-", "exit", "the same") \
ROW("DEBUGCTL", "", "exit", "exit", \
	"BTF, BUS_LOCK_DETECT, FREEZE_IN_SMM, RTM_DEBUG; the rest is perf's NMI's") \
ROW("LBRs, LBR_CTL, LBR_SELECT, DBG_EXTN_CFG", "", "no", "no", \
	"perf's, and each branch writes them") \
ROW("RTIT_CTL, DS_AREA, PEBS_ENABLE, PEBS_DATA_CFG, PMCs", "", "no", "no", \
	"perf's, as PERF_GLOBAL_CTRL") \
ROW("MCU_OPT_CTRL", "", "exit", "-", \
	"with FB_CLEAR_CTRL: FB_CLEAR_DIS is the guest's (vmx_disable_fb_clear)") \
ROW("TSC_RATIO", "", "-", "no", "scales the TSC in guests alone; KVM leaves it") \
ROW("VIRT_SPEC_CTRL, LS_CFG", "", "-", "no", \
	"a thread's own SSBD, on CPUs that lack SPEC_CTRL") \
ROW("TSC, MTRRs, UMWAIT_CONTROL", "", "no", "no", \
	"KVM keeps the guest's apart, and never writes the CPU's") \
ROW("CR2", "", "no", "no", "nobody reads it but the #PF that wrote it") \
ROW("SPEC_CTRL", "", "held, exit, user", "held, exit, user", \
	"not with KERNEL_IBRS, where it lags behind") \
ROW("CR8", "", "held, handled, exit, user, read", "held, handled, exit, user, read", \
	"the same on each CPU, and for ever") \
ROW("RFLAGS", "", "held, exit", "held, exit", "AC, DF and NT") \
ROW("RFLAGS_IF", "", "exit, handled", "exit, handled", \
	"SVM before 6.2 traces the exit too late; off at kvm_exit, on when it is handled") \
ROW("GIF", "", "-", "handled", "after an entry that the CPU refused, and after a shutdown") \
ROW("VM_HSAVE_PA", "", "-", "held, read", \
	"which page only KVM knows, but never 0; 0 after KVM has gone") \
ROW("NMI", "", "used", "used", "as many taken as sent, on each CPU")

#endif /* HOST_STATE_TABLE_H */
