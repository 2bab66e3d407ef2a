# title: a condition that KVM evaluates for a guest turns the host's interrupts off
# engine: both
# expect: host_emulator_test RFLAGS_IF zero
# equivalent: 7.3 it is computed, without POPF
# file: arch/x86/kvm/emulate.c

s/flags = (flags & EFLAGS_MASK) | X86_EFLAGS_IF;/flags = (flags \& EFLAGS_MASK);/
