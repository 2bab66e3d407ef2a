// title: an NMI that ends a run of L2 is dropped
// engine: vmx
// expect: host_nmi_test NMI
// commit: 50011c2a2457 moved where they are handled
// file: arch/x86/kvm/vmx/vmx.c
//
// "It is for L1 to handle": but L1 never hears of the host's NMIs.

@@
@@
(
-vmx_do_nmi_irqoff();
+if (!is_guest_mode(vcpu))
+	vmx_do_nmi_irqoff();
|
-x86_entry_from_kvm(EVENT_TYPE_NMI, NMI_VECTOR);
+if (!is_guest_mode(vcpu))
+	x86_entry_from_kvm(EVENT_TYPE_NMI, NMI_VECTOR);
|
-handle_interrupt_nmi_irqoff(&vmx->vcpu, nmi_entry);
+if (!is_guest_mode(&vmx->vcpu))
+	handle_interrupt_nmi_irqoff(&vmx->vcpu, nmi_entry);
)
