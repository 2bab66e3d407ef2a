// title: INIT sets up the whole VMCS anew, the host's half too
// engine: vmx
// expect: host_init_test HOST_GS_BASE zero
// file: arch/x86/kvm/vmx/vmx.c
//
// init_vmcs() clears the bases of FS and GS, and as long as the host's are what KVM last
// wrote there it does not write them again: the next exit has no per-CPU data.

@@
@@
 vmx_vcpu_reset(...)
 {
 ...
-if (!init_event)
 	__vmx_vcpu_reset(vcpu);
 ...
 }
