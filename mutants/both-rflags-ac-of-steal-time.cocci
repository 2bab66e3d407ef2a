// title: RFLAGS.AC stays set once KVM has told a guest how long it waited
// engine: both
// expect: host_flags_test RFLAGS off-by
// commit: 7e2175ebd695 user memory is open to the kernel for a few writes
// file: arch/x86/kvm/x86.c
//
// The user's memory stays open to the kernel (SMAP): into the VM entry, and for all
// that handles the exit on SVM, whose VM exit brings the host's flags back.

@@
@@
 record_steal_time(...)
 {
 ...
 out:
-	user_access_end();
 ...
 }
