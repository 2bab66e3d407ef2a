/* SPDX-License-Identifier: GPL-2.0-only */
/* Registers of a hypervisor in a guest, and of that one's guest. */
#ifndef X86_NESTED_CHECK_H
#define X86_NESTED_CHECK_H

#include "kvm_util.h"

u64 nested_entries(void);
void nested_check_guarded(u64 nr, const char *what, u64 entries);
void nested_check_value(const char *observer, const char *whose, const char *field, u64 got,
			u64 want);
void nested_check_regs(struct kvm_vcpu *vcpu, const char *whose, const u64 *want);
bool nested_check_tr(struct kvm_vcpu *vcpu, const char *whose, u64 tss, int from_cpu);

#endif /* X86_NESTED_CHECK_H */
