/* SPDX-License-Identifier: GPL-2.0-only */
/* The TR of a hypervisor in a guest, and of that one's guest. */
#ifndef X86_NESTED_TR_H
#define X86_NESTED_TR_H

#include "kvm_util.h"

u64 nested_entries(void);
void nested_check_guarded(u64 nr, const char *what, u64 entries);
bool nested_check_tr(struct kvm_vcpu *vcpu, const char *whose, u64 tss, int from_cpu);

#endif /* X86_NESTED_TR_H */
