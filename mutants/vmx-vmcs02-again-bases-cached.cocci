// title: a new vmcs02 begins with what was written to the old one
// engine: vmx
// expect: nested_host_tr_test HOST_GS_BASE zero
// file: arch/x86/kvm/vmx/vmx.c
//
// After VMXOFF and VMXON KVM believes the host's FS and GS bases to be there; the
// VMCS is a fresh page.

@@
expression vmcs, size;
@@
-memset(&vmcs->host_state, 0, size);
+vmcs->host_state.rsp = 0;
