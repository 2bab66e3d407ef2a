// title: no VM exit loads S_CET
// engine: vmx
// expect: host_msrs_test S_CET guest's
// equivalent: 6.1 KVM lets no guest have CET
// equivalent: 6.12 KVM lets no guest have CET
// file: arch/x86/kvm/vmx/vmx.c
//
// The control is taken away for guests that have CET, and not for those that have not.
// The kernel's own code then runs with the guest's shadow stack and branch tracking.

@@
expression ctrl;
@@
 vmx_get_initial_vmexit_ctrl(...)
 {
 <...
 if (
-    !enable_cet
+    enable_cet
    )
 	ctrl &= ~VM_EXIT_LOAD_CET_STATE;
 ...>
 }
