// title: STAR stays the guest's where it differs from the host's in the upper half only
// engine: vmx
// expect: host_user_msrs_test STAR guest's
// commit: 33f9c505ed5c and de1fca5d6e01 other MSRs that were not switched back on return to user mode
// file: arch/x86/kvm/x86.c arch/x86/kvm/msrs.c
//
// TSC_AUX and SFMASK have 32 bits, LSTAR always differs in the low half: STAR
// is the only one whose low half is 0 in host and guest alike.  SYSRET then
// loads the guest's selectors.  Needs a 64-bit guest with EFER.SCE and a STAR
// with other selectors than Linux has.

@@
@@
 kvm_on_user_return(...)
 {
 <+...
-if (values->host != values->curr)
+if (lower_32_bits(values->host) != lower_32_bits(values->curr))
 {
	...
 }
 ...+>
 }
