/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest that writes TSC_AUX and the MSRs of SYSCALL all the time. */
#ifndef X86_MSRS_GUEST_H
#define X86_MSRS_GUEST_H

#include "kvm_util.h"

void msrs_guest_use_hosts(bool hosts);
void msrs_guest_prepare(struct kvm_vcpu *vcpu);
void msrs_guest_step(u64 id, u64 n);
u64 msrs_guest_tsc_aux(u64 id, u64 n);

#endif /* X86_MSRS_GUEST_H */
