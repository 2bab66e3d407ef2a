/* SPDX-License-Identifier: GPL-2.0-only */
/* System management mode of a vCPU, with a handler that counts its SMIs. */
#ifndef X86_SMM_H
#define X86_SMM_H

#include "kvm_util.h"

bool smm_supported(void);
void smm_init(struct kvm_vcpu *vcpu);
void smm_interrupt(struct kvm_vcpu *vcpu);
unsigned int smm_count(struct kvm_vm *vm);

#endif /* X86_SMM_H */
