// title: HOST_SYSENTER_CS is the wrong half of the MSR
// engine: vmx
// expect: host_segs_test HOST_SYSENTER_CS zero
// file: arch/x86/kvm/vmx/vmx.c
//
// rdmsr() gives two halves, and the other one got written: SYSENTER is disabled
// from the first exit on.

@@
@@
 vmcs_write32(HOST_IA32_SYSENTER_CS,
-	      low32
+	      high32
	     );

// In newer kernels the halves are those of a struct msr.
@@
expression val;
@@
 vmcs_write32(HOST_IA32_SYSENTER_CS,
-	      val.l
+	      val.h
	     );
