# title: SPEC_CTRL stays the guest's where the CPU refused VMLAUNCH without an exit
# engine: vmx
# expect: nested_refused_test SPEC_CTRL
# file: arch/x86/kvm/vmx/vmenter.S
#
# A VMfail, as of an L2 with invalid controls: there is no kvm_exit, and what was loaded
# before the entry has to be taken out all the same.

s/^\tjmp \.Lclear_regs$/\tjmp .Lspec_ctrl_host_done/
