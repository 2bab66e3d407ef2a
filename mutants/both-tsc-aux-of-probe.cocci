// title: KVM writes 0 into TSC_AUX to see whether the CPU has it
// engine: both
// expect: host_unload_test TSC_AUX zero
// commit: 5104d7ffcf24 KVM tries each such MSR where it is loaded
// file: arch/x86/kvm/x86.c arch/x86/kvm/msrs.c
//
// On the one CPU where the module is loaded, and for good.

@@
expression value;
@@
 kvm_probe_user_return_msr(...)
 {
 <+...
(
-wrmsrl_safe(msr, value)
+wrmsrl_safe(msr, msr == MSR_TSC_AUX ? 0 : value)
|
-wrmsrq_safe(msr, value)
+wrmsrq_safe(msr, msr == MSR_TSC_AUX ? 0 : value)
)
 ...+>
 }
