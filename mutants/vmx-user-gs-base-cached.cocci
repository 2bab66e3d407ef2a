// title: user mode's GS base is remembered from the first run
// engine: vmx
// expect: host_segs_test KERNEL_GS_BASE unknown
// commit: 678e315e78a7 the accessors that came after such a mix-up
// file: arch/x86/kvm/vmx/vmx.c
//
// Whoever changes it between two runs gets the old one back.

@@
expression base;
@@
+if (!vmx->msr_host_kernel_gs_base)
 vmx->msr_host_kernel_gs_base = base;

// Where TDX shares it.
@@
expression base;
@@
+if (!vt->msr_host_kernel_gs_base)
 vt->msr_host_kernel_gs_base = base;
