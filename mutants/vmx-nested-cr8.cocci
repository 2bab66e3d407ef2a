// title: L2 reads and writes the CPU's own CR8
// engine: vmx
// expect: host_cr8_test CR8 guest's
// commit: 51aa68e7d57e CVE-2017-12154
// file: arch/x86/kvm/vmx/nested.c
//
// L1 does not want exits by CR8 and has no TPR shadow: then KVM must want them.  With
// 15 in there the host takes no interrupt, be they on or not.

@@
expression control;
@@
-control |= CPU_BASED_CR8_LOAD_EXITING | CPU_BASED_CR8_STORE_EXITING;
+;
