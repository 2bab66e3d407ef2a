// title: no VMSAVE where the vCPU ran on this CPU before
// engine: svm
// expect: host_segs_test FS_BASE unknown
// file: arch/x86/kvm/svm/svm.c
//
// An optimization that forgets that the thread's FS and GS bases may change
// between two runs.

@@
@@
 svm_prepare_switch_to_guest(...)
 {
 ...
+if (vcpu->arch.last_vmentry_cpu != vcpu->cpu)
 vmsave(sd->save_area_pa);
 ...
 }
