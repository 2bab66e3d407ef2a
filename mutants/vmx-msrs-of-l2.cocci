// title: L2 may write TSC_AUX in the CPU
// engine: vmx
// expect: host_user_msrs_test TSC_AUX guest's
// commit: CVE-2019-3887 the same with the x2APIC's MSRs
// file: arch/x86/kvm/vmx/nested.c
//
// L1 does not mind, and what L0 minds was forgotten.  KVM does not know of the value,
// and where L1's is the host's it has nothing to restore.

@@
@@
 enable_x2apic_msr_intercepts(msr_bitmap_l0);
+vmx_clear_msr_bitmap_write(msr_bitmap_l0, MSR_TSC_AUX);
