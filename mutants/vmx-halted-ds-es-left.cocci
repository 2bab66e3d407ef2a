// title: DS and ES are not reloaded when a vCPU sleeps in HLT
// engine: vmx
// expect: host_halt_test DS_SELECTOR zero
// file: arch/x86/kvm/vmx/vmx.c
// equivalent: 6.1 nothing tells there whether a vCPU is put because its thread sleeps
//
// VM exit left them null, and the task switch saves them so.

@@
@@
(
+if (!vmx->vcpu.scheduled_out || vmx->vcpu.preempted)
 loadsegment(ds, host_state->ds_sel);
|
+if (!vmx->vcpu.scheduled_out || vmx->vcpu.preempted)
 loadsegment(es, host_state->es_sel);
)
