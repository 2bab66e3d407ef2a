// title: L1 has L2's PAT after an exit
// engine: vmx
// expect: nested_l1_state_test PAT
// file: arch/x86/kvm/vmx/nested.c
//
// L1 asked for its own, as in vmx-l1-efer-kept.

@@
@@
 load_vmcs12_host_state(...)
 {
 <...
-vmcs_write64(GUEST_IA32_PAT, vmcs12->host_ia32_pat);
-vcpu->arch.pat = vmcs12->host_ia32_pat;
 ...>
 }
