// title: HOST_TR_BASE is not rewritten when a preempted vCPU comes back elsewhere
// engine: vmx
// expect: host_preempt_test HOST_TR_BASE stale
// file: arch/x86/kvm/vmx/vmcs.h arch/x86/kvm/vmx/vmx.c
//
// Only where the scheduler moves the thread in the middle of KVM_RUN: a move
// between two ioctls is handled correctly.

@@
@@
 struct loaded_vmcs {
 ...
 struct vmcs_host_state host_state;
+bool preempted;
 ...
 };

@@
@@
 vmx_vcpu_put(...)
 {
 ...
+to_vmx(vcpu)->loaded_vmcs->preempted = vcpu->preempted;
 vmx_prepare_switch_to_host(...);
 }

@@
expression base;
@@
+if (!vmx->loaded_vmcs->preempted)
 vmcs_writel(HOST_TR_BASE, base);
