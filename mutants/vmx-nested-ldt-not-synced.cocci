// title: the other VMCS does not get the LDT's selector
// engine: vmx
// expect: host_segs_test LDT_LIMIT zero
// file: arch/x86/kvm/vmx/nested.c
//
// A vCPU's first run begins in L1 and ends in L2: LDTR stays null, as the exit made
// it, and nothing can be loaded from there.

@@
@@
 vmx_sync_vmcs_host_state(...)
 {
 ...
-dest->ldt_sel = src->ldt_sel;
 ...
 }
