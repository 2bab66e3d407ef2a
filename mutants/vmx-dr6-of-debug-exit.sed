# title: DR6 of the host says what the #DB of a debugged guest was
# engine: vmx
# expect: host_debug_regs_test DR6
# file: arch/x86/kvm/vmx/vmx.c
#
# Such an exit leaves DR6 alone (SDM volume 3, 28.1); the next #DB of the host finds bits
# that are not its own.

s/^\t\tkvm_run->debug.arch.dr6 = dr6 | DR6_ACTIVE_LOW;$/&\n\t\tset_debugreg(dr6 | DR6_ACTIVE_LOW, 6);/
