// title: PKRU stays the guest's after exits that are handled early
// engine: vmx
// expect: host_fpu_test PKRU guest's
// commit: 1811d979c716 PKRU, XCR0 and XSS are the host's while it handles an exit
// file: arch/x86/kvm/x86.c arch/x86/kvm/vmx/vmx.c
// equivalent: 6.1 it handles early what guests with an interrupt controller in the kernel do, and no HLT
//
// HLT is one of them: without an interrupt controller in the kernel it ends KVM_RUN.

@@
expression fast;
@@
 vmx_vcpu_run(...)
 {
 ... when any
 kvm_load_host_xsave_state(vcpu);
 ... when any
-return vmx_exit_handlers_fastpath(vcpu, fast);
+{
+	fastpath_t how = vmx_exit_handlers_fastpath(vcpu, fast);
+
+	if (how != EXIT_FASTPATH_NONE && cpu_feature_enabled(X86_FEATURE_PKU))
+		wrpkru(vcpu->arch.pkru);
+	return how;
+}
 }

@@
@@
 vcpu_enter_guest(...)
 {
 <+...
+if (exit_fastpath == EXIT_FASTPATH_NONE)
 kvm_load_host_pkru(vcpu);
 ...+>
 }
