# title: the exit after one that was handled early leaves PKRU the guest's
# engine: vmx
# expect: host_xstate_test PKRU guest's
# file: arch/x86/kvm/x86.c
# equivalent: 6.1 vmx_vcpu_run() restores it, with each exit
# equivalent: 6.12 vmx_vcpu_run() restores it, with each exit
#
# KVM sends the interrupt that a guest asks for by its x2APIC's ICR, and enters again
# at once (EXIT_FASTPATH_REENTER_GUEST).

s/^\tu64 run_flags, debug_ctl;$/&\n\tbool reentered = false;/
s/^\t\t++vcpu->stat.exits;$/&\n\t\treentered = true;/
s/^\tkvm_load_host_pkru(vcpu);$/\tif (!reentered)\n\t&/
