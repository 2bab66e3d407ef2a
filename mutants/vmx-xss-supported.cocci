// title: XSS comes back with only those bits that the guest may have
// engine: vmx
// expect: host_xstate_test XSS zero
// equivalent: 6.1 no user shadow stacks: the host has no XSS of its own
// commit: xen 9e6dbbe8bf an XSS that was not switched right
// file: arch/x86/kvm/x86.c
//
// The mask for what the guest may write is used for what the host gets.  The
// host has XSS bits for CET; where the guest's CPUID has no CET (on 6.12: always)
// XRSTORS of the host's state faults.  Needs a host with XSS != 0, and a guest
// with XSAVES in its CPUID and CR4.OSXSAVE.

@@
@@
 kvm_load_host_xsave_state(struct kvm_vcpu *vcpu)
 {
 <+...
-wrmsrl(MSR_IA32_XSS, kvm_host.xss);
+wrmsrl(MSR_IA32_XSS, kvm_host.xss & kvm_caps.supported_xss);
 ...+>
 }

@@
@@
 kvm_load_xfeatures(struct kvm_vcpu *vcpu, bool load_guest)
 {
 <+...
-wrmsrq(MSR_IA32_XSS, load_guest ? vcpu->arch.ia32_xss : kvm_host.xss);
+wrmsrq(MSR_IA32_XSS, (load_guest ? vcpu->arch.ia32_xss : kvm_host.xss) &
+		     vcpu->arch.guest_supported_xss);
 ...+>
 }
