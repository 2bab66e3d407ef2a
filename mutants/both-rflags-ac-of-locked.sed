# title: RFLAGS.AC stays set after a locked instruction that KVM emulates
# engine: both
# expect: nested_paging_test RFLAGS off-by
# file: arch/x86/kvm/x86.c
#
# CMPXCHG on the guest's memory by its user address (emulator_cmpxchg_emulated()), as of a
# guest's page tables that KVM shadows: user memory stays open to the kernel after that.

s/^\tkvm_page_track_write(vcpu, gpa, new, bytes);$/&\n\tstac();/
