# title: SPEC_CTRL stays the guest's where the CPU refused VMLAUNCH without an exit
# engine: vmx
# expect: nested_refused_test SPEC_CTRL
# file: arch/x86/kvm/vmx/vmenter.S
#
# A VMfail, as of an L2 with invalid controls: there is no kvm_exit, and what was loaded
# before the entry has to be taken out all the same.

s/^\tcall vmx_spec_ctrl_restore_host$/\ttest %ebx, %ebx\n\tjnz .Lspec_ctrl_stays\n&\n.Lspec_ctrl_stays:/
s/^\tALTERNATIVE "jmp \.Lspec_ctrl_host_done", .*/\ttest %ebx, %ebx\n\tjnz .Lspec_ctrl_host_done\n&/
