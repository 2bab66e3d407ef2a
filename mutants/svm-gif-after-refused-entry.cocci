// title: GIF stays 0 after an entry that the CPU refused
// engine: svm
// expect: host_flags_test GIF
// commit: d81f952aa657 an entry that fails
// file: arch/x86/kvm/svm/svm.c
//
// No interrupt and no NMI comes any more, whatever RFLAGS.IF says: the CPU is
// lost for the host.  Newer kernels compare 64 bits, of which some CPUs write 32.

@@
typedef u32;
@@
 svm_vcpu_run(...)
 {
 ... when any
+if ((u32)svm->vmcb->control.exit_code != (u32)SVM_EXIT_ERR)
 stgi();
 ... when any
 }
