// title: CR4.MCE is off on a CPU once a vCPU has left it
// engine: vmx
// expect: host_user_msrs_test CR4
// commit: d974baa398f3 CVE-2014-3690, another CR4 that was not the host's
// file: arch/x86/kvm/vmx/vmx.c
//
// The kernel's copy of CR4, HOST_CR4 and the CPU agree, and are wrong: the next machine
// check shuts the CPU down.

@@
identifier vcpu;
@@
 vmx_vcpu_put(struct kvm_vcpu *vcpu)
 {
+cr4_clear_bits(X86_CR4_MCE);
 ...
 }
