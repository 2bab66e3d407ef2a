// title: user mode's GS base comes back only from guests in long mode
// engine: vmx
// expect: host_segs_test KERNEL_GS_BASE
// commit: da38f4385946 switched it as well where the guest is not in long mode
// file: arch/x86/kvm/vmx/vmx.c
//
// One that leaves long mode during the run takes the host's along, and leaves its
// own.

@@
expression base;
@@
 vmx_prepare_switch_to_host(...)
 {
 <+...
(
+if (is_long_mode(&vmx->vcpu))
 wrmsrl(MSR_KERNEL_GS_BASE, base);
|
+if (is_long_mode(&vmx->vcpu))
 wrmsrq(MSR_KERNEL_GS_BASE, base);
)
 ...+>
 }
