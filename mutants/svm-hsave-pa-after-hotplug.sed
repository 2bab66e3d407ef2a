# title: a CPU that comes back gets no host save area
# engine: svm
# expect: host_hotplug_test VM_HSAVE_PA zero
# file: arch/x86/kvm/svm/svm.c
#
# It is written when the CPU first gets SVM alone, though 0 is written when it goes.
# Then VMRUN saves the host's state at address 0, and so does the next such CPU's.

/^\twrmsr[lq](MSR_VM_HSAVE_PA, sd->save_area_pa);/d
s/^\tsd->max_asid = cpuid_ebx(SVM_CPUID_FUNC) - 1;/\tif (!sd->max_asid)\n\t\twrmsr(MSR_VM_HSAVE_PA, (u32)sd->save_area_pa,\n\t\t      (u32)(sd->save_area_pa >> 32));\n&/
