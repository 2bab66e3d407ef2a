// title: a preempted vCPU is not put
// engine: vmx
// expect: host_preempt_test HOST_GS_BASE stale
// file: arch/x86/kvm/vmx/vmx.c
//
// An optimization for the vCPU that will be back at once.  If it is back on
// another CPU, KVM believes the guest state loaded and rewrites neither GS nor FS.

@@
@@
 vmx_vcpu_put(...)
 {
 ...
+if (!vcpu->preempted)
 vmx_prepare_switch_to_host(...);
 }
