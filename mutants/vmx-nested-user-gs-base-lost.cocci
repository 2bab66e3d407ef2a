// title: user mode's GS base is not restored where a run ends with L2 active
// engine: vmx
// expect: host_segs_test KERNEL_GS_BASE zero
// commit: c8770e7ba63b user GS base corrupted
// file: arch/x86/kvm/vmx/vmx.c
//
// As vmx-user-gs-base-lost.  A GS selector that is not null hides it: its base comes
// from the descriptor.

@@
@@
 vmx_prepare_switch_to_host(...)
 {
 <...
(
+if (!is_guest_mode(&vmx->vcpu))
 wrmsrl(MSR_KERNEL_GS_BASE, vmx->msr_host_kernel_gs_base);
|
+if (!is_guest_mode(&vmx->vcpu))
 wrmsrq(MSR_KERNEL_GS_BASE, vmx->msr_host_kernel_gs_base);
|
+if (!is_guest_mode(&vmx->vcpu))
 wrmsrq(MSR_KERNEL_GS_BASE, vmx->vt.msr_host_kernel_gs_base);
)
 ...>
 }
