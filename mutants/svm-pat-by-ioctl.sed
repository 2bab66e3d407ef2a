# title: the PAT that a guest or its VMM writes goes into the CPU
# engine: svm
# expect: host_msrs_test PAT
# file: arch/x86/kvm/svm/svm.c
#
# With nested paging the guest's is G_PAT in the VMCB, and the MSR is the host's alone; no
# exit restores it.  The host's memory types on that CPU are the guest's from then on.

/^static int svm_set_msr(/,/^}$/s/^\tcase MSR_IA32_CR_PAT:$/&\n\t\tasm volatile("wrmsr" : : "c" (MSR_IA32_CR_PAT), "a" ((u32)data), "d" ((u32)(data >> 32)));/
