// title: user mode's GS base is not restored
// engine: vmx
// expect: host_segs_test KERNEL_GS_BASE zero
// commit: c8770e7ba63b user GS base corrupted
// file: arch/x86/kvm/vmx/vmx.c
//
// KERNEL_GS_BASE keeps the guest's value when the vCPU is put; the next return to
// user mode swaps it in.

@@
@@
(
-wrmsrl(MSR_KERNEL_GS_BASE, vmx->msr_host_kernel_gs_base);
|
-wrmsrq(MSR_KERNEL_GS_BASE, vmx->msr_host_kernel_gs_base);
|
-wrmsrq(MSR_KERNEL_GS_BASE, vmx->vt.msr_host_kernel_gs_base);
)
