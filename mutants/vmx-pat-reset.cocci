// title: HOST_PAT is the value after reset
// engine: vmx
// expect: host_segs_test HOST_PAT unknown
// file: arch/x86/kvm/vmx/vmx.c
//
// Nothing crashes: write-combining mappings silently get another memory type on
// the CPUs that ran a guest.

@@
expression pat;
@@
 vmcs_write64(HOST_IA32_PAT,
-	      pat
+	      0x0007040600070406UL
	     );
