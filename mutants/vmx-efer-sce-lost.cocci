// title: HOST_EFER lacks SCE
// engine: vmx
// expect: host_segs_test HOST_EFER off-by
// file: arch/x86/kvm/vmx/vmx.c
//
// As if sampled before the system calls were set up.  After an exit that loads
// EFER, SYSCALL is an invalid opcode for every process of that CPU.

@@
expression efer;
@@
 vmcs_write64(HOST_IA32_EFER,
-	      efer
+	      efer & ~EFER_SCE
	     );
