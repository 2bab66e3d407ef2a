// title: the host state is not saved anew when a halted vCPU wakes up
// engine: svm
// expect: host_halt_test FS_BASE unknown
// file: arch/x86/kvm/svm/svm.c
//
// As svm-preempted-not-saved, for the vCPU that left its CPU of its own accord: what
// is restored is the state of the thread that ran a vCPU there last.

@@
@@
 svm_vcpu_put(...)
 {
 ...
+if (!vcpu->scheduled_out || vcpu->preempted)
 svm_prepare_host_switch(vcpu);
 ...
 }
