// title: XSS stays the guest's while KVM handles an exit of a guest that has set it
// engine: vmx
// expect: host_msrs_test XSS
// commit: 1811d979c716 XCR0 and XSS are the host's while it handles an exit
// equivalent: 6.1 no guest can set it
// equivalent: 6.12 no guest can set it
// file: arch/x86/kvm/x86.c
//
// The host saves and restores less of its threads' state than it believes.  Needs a
// host with user shadow stacks and a guest that uses some of them.

@@
expression host, guest;
@@
 kvm_load_xfeatures(struct kvm_vcpu *vcpu, bool load_guest)
 {
 <+...
+if (load_guest || !vcpu->arch.ia32_xss)
 wrmsrq(MSR_IA32_XSS, load_guest ? guest : host);
 ...+>
 }
