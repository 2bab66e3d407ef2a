// title: L1 has L2's EFER after an exit
// engine: vmx
// expect: nested_l1_state_test EFER off-by
// file: arch/x86/kvm/vmx/nested.c
//
// L1 asked for its own: what a real CPU loads, KVM forgets.

@@
@@
 load_vmcs12_host_state(...)
 {
 <...
-vcpu->arch.efer = vmcs12->host_ia32_efer;
+vcpu->arch.efer |= EFER_LMA | EFER_LME;
 ...>
 }
