// title: an NMI that ends a guest's run is handled twice
// engine: vmx
// expect: host_nmi_test NMI
// commit: 50011c2a2457 moved where they are handled
// file: arch/x86/kvm/vmx/vmx.c
//
// "Uhhuh. NMI received for unknown reason": nobody knows of the second one.

@@
@@
(
+{
 vmx_do_nmi_irqoff();
+vmx_do_nmi_irqoff();
+}
|
 x86_entry_from_kvm(EVENT_TYPE_NMI, NMI_VECTOR);
+x86_entry_from_kvm(EVENT_TYPE_NMI, NMI_VECTOR);
)
