# title: SPEC_CTRL stays L2's after a VM exit
# engine: vmx
# expect: host_msrs_test SPEC_CTRL
# commit: bea7e31a5cac another value of it than the host believes
# file: arch/x86/kvm/vmx/vmx.c
#
# Whether the exit has to read and restore it is asked of L1's bitmap alone.  Needs a CPU
# that has SPEC_CTRL, and an L1 that lets its L2 write it.

s/!msr_write_intercepted(vmx, MSR_IA32_SPEC_CTRL)/!is_guest_mode(\&vmx->vcpu) \&\& &/
