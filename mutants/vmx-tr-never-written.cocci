// title: HOST_TR_BASE is never written
// engine: vmx
// expect: host_nmi_test HOST_TR_BASE zero
// file: arch/x86/kvm/vmx/vmx.c
//
// TR's base is 0 after each exit.  Nothing happens until the CPU needs a stack
// from the TSS: an NMI, an IST exception, an interrupt from user mode.

@@
expression base;
@@
-vmcs_writel(HOST_TR_BASE, base);
