// title: HOST_SYSENTER_EIP loses its upper half
// engine: vmx
// expect: host_segs_test HOST_SYSENTER_EIP truncated
// file: arch/x86/kvm/vmx/vmx.c
//
// Read with a 32-bit variable.  The next 32-bit system call jumps to user memory,
// in kernel mode.

@@
@@
 vmcs_writel(HOST_IA32_SYSENTER_EIP,
-	     tmpl
+	     (unsigned int)tmpl
	    );
