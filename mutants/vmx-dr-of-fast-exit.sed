# title: the host's breakpoints do not come back after exits that are handled early
# engine: vmx
# expect: host_debug_regs_test DR0
# equivalent: 6.1 HLT is not handled early, and of those that are none is a test's
# file: arch/x86/kvm/x86.c

s/^\tif (hw_breakpoint_active())$/\tif (hw_breakpoint_active() \&\& exit_fastpath == EXIT_FASTPATH_NONE)/
