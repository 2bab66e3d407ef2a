// title: KVM_SET_MSRS writes the guest's S_CET into the field of the host
// engine: vmx
// expect: host_msrs_test HOST_S_CET guest's
// equivalent: 6.1 KVM lets no guest have CET
// equivalent: 6.12 KVM lets no guest have CET
// file: arch/x86/kvm/vmx/vmx.c
//
// The guest itself writes its own, with no exit.

@@
expression data;
@@
 vmx_set_msr(...)
 {
 <...
 vmcs_writel(
-	     GUEST_S_CET
+	     HOST_S_CET
	     , data);
 ...>
 }
