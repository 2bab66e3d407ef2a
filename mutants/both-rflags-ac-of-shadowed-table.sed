# title: RFLAGS.AC stays set once KVM has looked again at a table that it shadows
# engine: both
# expect: nested_paging_test RFLAGS off-by
# file: arch/x86/kvm/mmu/paging_tmpl.h
#
# Does the guest's entry still have the value that the walk found there?  KVM reads it by the
# user's address (FNAME(gpte_changed)()), with L2 active.

s/^\treturn r || curr_pte != gw->ptes\[level - 1\];$/\tstac();\n&/
