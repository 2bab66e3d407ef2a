// title: a vCPU that has halted is not put
// engine: vmx
// expect: host_halt_test HOST_GS_BASE stale
// file: arch/x86/kvm/vmx/vmx.c
//
// An optimization for the guest that is idle: nobody preempted it, so nobody needs
// its CPU.  If it wakes up on another one, KVM believes the guest state loaded and
// rewrites neither GS nor FS.

@@
@@
 vmx_vcpu_put(...)
 {
 ...
+if (!vcpu->scheduled_out || vcpu->preempted)
 vmx_prepare_switch_to_host(...);
 }
