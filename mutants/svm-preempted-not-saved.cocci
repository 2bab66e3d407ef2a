// title: the host state is not saved anew when a preempted vCPU comes back
// engine: svm
// expect: host_preempt_test FS_BASE unknown
// commit: e79b91bb3c91 VMSAVE and VMLOAD for the host state
// file: arch/x86/kvm/svm/svm.c
//
// The save area belongs to the CPU, not to the vCPU: meanwhile another thread's
// state went into it, and this thread comes back with that one's TLS.  On a CPU
// that never ran a guest it is all zero.

@@
@@
 svm_vcpu_put(...)
 {
 ...
+if (!vcpu->preempted)
 svm_prepare_host_switch(vcpu);
 ...
 }
