// title: exits of L2 do not load the host's EFER
// engine: vmx
// expect: nested_l1_state_test EFER off-by
// file: arch/x86/kvm/vmx/vmx.c arch/x86/kvm/vmx/nested.c
//
// The host goes on with L2's, here one without SCE: system calls of this CPU's processes
// are invalid opcodes.  Were it one without NX, the host would not get that far.

@@
expression vmx, exit;
@@
 add_atomic_switch_msr_special(...)
 {
 <...
+if (!is_guest_mode(&vmx->vcpu))
 vm_exit_controls_setbit(vmx, exit);
 ...>
 }

@@
expression exec_control;
@@
 prepare_vmcs02_early(...)
 {
 <...
-exec_control |= VM_EXIT_LOAD_IA32_EFER;
+exec_control &= ~VM_EXIT_LOAD_IA32_EFER;
 ...>
 }
