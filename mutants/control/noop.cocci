// title: nothing: a bug that is none must survive
// engine: both
// expect: host_tr_test
// file: virt/kvm/kvm_main.c
//
// Proves that a rebuilt KVM passes, and that the verdict "survived" exists.

@@
@@
 kvm_sched_in(...)
 {
 ...
+(void)cpu;
 kvm_arch_vcpu_load(vcpu, cpu);
 ...
 }
