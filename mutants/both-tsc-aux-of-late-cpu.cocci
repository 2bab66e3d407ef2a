// title: KVM does not read the host's MSRs on a CPU that comes later
// engine: both
// expect: host_unload_test TSC_AUX zero
// commit: 18863bdd60f8 what is read once on each CPU, and restored from then on
// file: arch/x86/kvm/x86.c
// equivalent: 6.1 it reads them with the first VM, when the CPU is active
//
// It is told of such a CPU before the scheduler is (CPUHP_AP_KVM_ONLINE), and the
// condition holds for all that are there when KVM is loaded.  After a guest's TSC_AUX
// the CPU holds 0.

@@
@@
 kvm_arch_enable_virtualization_cpu(...)
 {
 ... when any
+if (cpu_active(smp_processor_id()))
 kvm_user_return_msr_cpu_online();
 ... when any
 }
