// title: an NMI that ends a run of L2 is handled twice
// engine: vmx
// expect: host_nmi_test NMI
// commit: 50011c2a2457 moved where they are handled
// file: arch/x86/kvm/vmx/vmx.c
//
// As vmx-nmi-twice, but only where the guest's guest was running.

@@
@@
(
+{
+if (is_guest_mode(vcpu))
+	vmx_do_nmi_irqoff();
 vmx_do_nmi_irqoff();
+}
|
+if (is_guest_mode(vcpu))
+	x86_entry_from_kvm(EVENT_TYPE_NMI, NMI_VECTOR);
 x86_entry_from_kvm(EVENT_TYPE_NMI, NMI_VECTOR);
|
+{
+if (is_guest_mode(&vmx->vcpu))
+	handle_interrupt_nmi_irqoff(&vmx->vcpu, nmi_entry);
 handle_interrupt_nmi_irqoff(&vmx->vcpu, nmi_entry);
+}
)
