# title: a condition that KVM evaluates for a guest leaves its AC, DF and NT in the host
# engine: both
# expect: host_emulator_test RFLAGS
# equivalent: 7.3 it is computed, without POPF
# file: arch/x86/kvm/emulate.c
#
# SETcc, Jcc and CMOVcc, unlike arithmetic, load the flags by themselves (test_cc()).

s/flags = (flags & EFLAGS_MASK) | X86_EFLAGS_IF;/flags = flags | X86_EFLAGS_IF;/
