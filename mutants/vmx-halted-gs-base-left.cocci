// title: KERNEL_GS_BASE keeps the guest's value while a vCPU sleeps in HLT
// engine: vmx
// expect: host_halt_test KERNEL_GS_BASE guest's
// file: arch/x86/kvm/vmx/vmx.c
// equivalent: 6.1 nothing tells there whether a vCPU is put because its thread sleeps
//
// The thread asked for its sleep, so it is taken to be still in KVM_RUN; but a task
// switch reads the register, and takes the guest's value for the thread's.

@@
expression value;
@@
 vmx_prepare_switch_to_host(...)
 {
 <...
(
+if (!vmx->vcpu.scheduled_out || vmx->vcpu.preempted)
 wrmsrl(MSR_KERNEL_GS_BASE, value);
|
+if (!vmx->vcpu.scheduled_out || vmx->vcpu.preempted)
 wrmsrq(MSR_KERNEL_GS_BASE, value);
)
 ...>
 }
