/* SPDX-License-Identifier: GPL-2.0-only */
/* A VM whose vCPUs do nothing but hop: for tests that look at the host. */
#ifndef HOP_VM_H
#define HOP_VM_H

#include "hopper.h"

#define HOP_VM_MAX_VCPUS	8	/* of hop_vm_vcpus() */

int hop_vm_vcpus(void);
void guest_exit_for_ever(void);
void guest_count_until_stopped(u64 id, u64 unused);
u64 *hop_vm_round(struct kvm_vm *vm, u32 id);
u64 *hop_vm_stop(struct kvm_vm *vm);
bool hop_vm_start_run(struct hopper *h, int cpu);
void hop_vm_end_run(struct hopper *h);
void hop_vm_between_runs(int nr, u64 hops, hop_check_fn check, bool (*more)(void),
			 struct hop_stats *stats);
void hop_vm_during_runs_of(struct kvm_vcpu **vcpus, int nr, u64 hops, bool (*more)(void),
			   struct hop_stats *stats);
void hop_vm_during_runs(int nr, u64 hops, bool (*more)(void), struct hop_stats *stats);

#endif /* HOP_VM_H */
