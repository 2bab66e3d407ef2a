// title: KVM_SET_MSRS writes the CPU's own KERNEL_GS_BASE
// engine: vmx
// expect: host_segs_test KERNEL_GS_BASE zero
// commit: 678e315e78a7 who may write it, and when
// file: arch/x86/kvm/vmx/vmx.c
//
// Outside of KVM_RUN it holds the GS base of the thread that calls, and that is the
// guest's afterwards.

@@
@@
 vmx_write_guest_kernel_gs_base(...)
 {
 ...
-if (vmx->guest_state_loaded)
(
 wrmsrl(MSR_KERNEL_GS_BASE, ...);
|
 wrmsrq(MSR_KERNEL_GS_BASE, ...);
)
 ...
 }

@@
expression list args;
identifier write = { wrmsrns, wrmsrq, wrmsrl };
@@
 vmx_write_guest_host_msr(...)
 {
 ...
-if (vmx->vt.guest_state_loaded)
 write(args);
 ...
 }
