// title: the thread's PKRU is read only when the vCPU comes to another CPU
// engine: svm
// expect: host_fpu_test PKRU
// commit: 8ef863e67a89 saved such a read, at another place
// file: arch/x86/kvm/x86.c
//
// RDPKRU saved: but the thread may have changed its rights between two runs.
// After the second one it has the old ones back.  Needs a guest with CR4.PKE or
// XCR0[9] and a PKRU of its own, and WRPKRU in user mode between two runs on one
// CPU (PKU: both vendors; of the emulated ones only QEMU's).

@@
identifier cpu;
@@
 kvm_arch_vcpu_load(struct kvm_vcpu *vcpu, int cpu)
 {
 ...
+if (vcpu->cpu != cpu)
 vcpu->arch.host_pkru = read_pkru();
 ...
 }
