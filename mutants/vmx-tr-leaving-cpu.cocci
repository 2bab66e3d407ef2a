// title: a vCPU that is pushed off a CPU keeps that CPU's HOST_TR_BASE
// engine: vmx
// expect: host_hotplug_run_test HOST_TR_BASE stale
// file: arch/x86/kvm/vmx/vmx.c
//
// A CPU that is on its way offline will clear its VMCSs by itself, so a vCPU that
// comes from there is left alone.  That holds for those that sleep; one that was
// in a run is loaded elsewhere while the old CPU is still there.

@@
expression base;
@@
+if (vcpu->arch.last_vmentry_cpu < 0 || cpu_active(vcpu->arch.last_vmentry_cpu) ||
+    !cpu_online(vcpu->arch.last_vmentry_cpu))
 vmcs_writel(HOST_TR_BASE, base);
