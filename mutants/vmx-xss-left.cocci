// title: XSS stays the guest's while KVM handles an exit
// engine: vmx
// expect: host_fpu_test XSS
// expect: host_msrs_test XSS
// commit: 1811d979c716 XCR0 and XSS are the host's while it handles an exit
// equivalent: 6.1 no user shadow stacks: the host's XSS is 0, as the guest's
// file: arch/x86/kvm/x86.c
//
// The host saves and restores less of its threads' state than it believes.  Needs a
// host with user shadow stacks and a guest with CR4.OSXSAVE.

@@
expression host;
@@
 kvm_load_host_xsave_state(struct kvm_vcpu *vcpu)
 {
 <+...
-wrmsrl(MSR_IA32_XSS, host);
+wrmsrl(MSR_IA32_XSS, vcpu->arch.ia32_xss);
 ...+>
 }

@@
expression value;
@@
 kvm_load_xfeatures(struct kvm_vcpu *vcpu, bool load_guest)
 {
 <+...
-wrmsrq(MSR_IA32_XSS, value);
+wrmsrq(MSR_IA32_XSS, vcpu->arch.ia32_xss);
 ...+>
 }
