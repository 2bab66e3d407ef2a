/* SPDX-License-Identifier: GPL-2.0-only */
/* A VM whose vCPU halts, and what wakes it up. */
#ifndef HALT_VM_H
#define HALT_VM_H

#include "hopper.h"

#define SLEEPER_GS_BASE		0x6e5700000000ULL

struct kvm_vm *halt_vm_create(struct kvm_vcpu **sleeper);
void halt_vm_thread_begins(void);
void halt_vm_run_ended(void);
void halt_vm_wait_for_run(void);
bool halt_vm_wait(const struct hopper *h, u64 nr);
void halt_vm_wake_by_msi(struct kvm_vm *vm, u64 nr);
void halt_vm_wake_by_ipi(struct kvm_vm *vm, u64 nr, int cpu);
u64 halt_vm_stop(struct kvm_vm *vm);

#endif /* HALT_VM_H */
