// title: L1 alone decides which MSRs its L2 writes in the CPU
// engine: svm
// expect: host_user_msrs_test TSC_AUX guest's
// commit: CVE-2019-3887 the same on VMX: L2 had the host's x2APIC
// file: arch/x86/kvm/svm/nested.c
//
// KVM does not know of a TSC_AUX that L2 has written, and where L1's is the host's it
// has nothing to restore: getcpu() in the vDSO returns what L2 wrote.

@@
@@
(
-svm->nested.msrpm[p] = svm->msrpm[p] | value;
+svm->nested.msrpm[p] = value;
|
-msrpm02[p] = msrpm01[p] | l1_val;
+msrpm02[p] = l1_val;
)
