// title: L1 has L2's DR7 after an exit
// engine: vmx
// expect: nested_l1_state_test DR7 off-by
// file: arch/x86/kvm/vmx/nested.c
//
// L2's breakpoints are armed while its hypervisor runs.

@@
@@
 load_vmcs12_host_state(...)
 {
 <...
-kvm_set_dr(vcpu, 7, ...);
 ...>
 }
