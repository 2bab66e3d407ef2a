# title: the exit after one that was handled early leaves XCR0 and XSS the guest's
# engine: vmx
# expect: host_xstate_test XCR0 guest's
# file: arch/x86/kvm/x86.c
# equivalent: 6.1 vmx_vcpu_run() restores them, with each exit
# equivalent: 6.12 vmx_vcpu_run() restores them, with each exit
#
# A guest with XSAVE whose XCR0 is not the host's writes its x2APIC's ICR, and KVM enters
# again at once (EXIT_FASTPATH_REENTER_GUEST).  The host loses registers of its threads.

s/^\tu64 run_flags, debug_ctl;$/&\n\tbool reentered = false;/
s/^\t\t++vcpu->stat.exits;$/&\n\t\treentered = true;/
s/^\tkvm_load_xfeatures(vcpu, false);$/\tif (!reentered)\n\t&/
