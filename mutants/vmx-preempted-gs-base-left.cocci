// title: KERNEL_GS_BASE keeps the guest's value while a vCPU is preempted
// engine: vmx
// expect: host_preempt_test KERNEL_GS_BASE
// file: arch/x86/kvm/vmx/vmx.c
//
// The task switch takes it for the thread's, and so does KVM when the thread goes on.

@@
expression value;
@@
 vmx_prepare_switch_to_host(...)
 {
 <...
(
+if (!vmx->vcpu.preempted)
 wrmsrl(MSR_KERNEL_GS_BASE, value);
|
+if (!vmx->vcpu.preempted)
 wrmsrq(MSR_KERNEL_GS_BASE, value);
)
 ...>
 }
