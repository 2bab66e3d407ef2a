// title: an NMI that ends a guest's run is dropped
// engine: vmx
// expect: host_nmi_test NMI
// commit: 50011c2a2457 moved where they are handled
// file: arch/x86/kvm/vmx/vmx.c
//
// The CPU has acknowledged it with the VM exit; nobody else will deliver it.

@@
@@
(
-vmx_do_nmi_irqoff();
+;
|
-x86_entry_from_kvm(EVENT_TYPE_NMI, NMI_VECTOR);
)
