# title: SPEC_CTRL stays the guest's after a VM exit
# engine: vmx
# expect: host_msrs_test SPEC_CTRL
# commit: bea7e31a5cac another value of it than the host believes
# file: arch/x86/kvm/vmx/vmenter.S
#
# Needs a CPU that has SPEC_CTRL and a guest that has written it.

/^\tcall vmx_spec_ctrl_restore_host$/d
/^\tRESTORE_HOST_SPEC_CTRL_BODY /d
