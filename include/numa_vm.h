/* SPDX-License-Identifier: GPL-2.0-only */
/* A VM whose memory goes from node to node, and whose guest looks after it. */
#ifndef NUMA_VM_H
#define NUMA_VM_H

#include "kvm_util.h"

struct numa_vm {
	struct kvm_vm *vm;
	struct kvm_vcpu *vcpu;
	u64 data;			/* guest address of the pattern */
};

/* What came of sending memory to nodes, since it was cleared. */
struct numa_moves {
	u64 on_node;			/* pages found where they were sent */
	u64 moves;			/* that brought some there */
	bool refused;			/* the kernel does not bind memory here */
};

void numa_guest_exits(u64 data, u64 unused);
void numa_guest_runs(u64 data, u64 unused);
struct numa_vm numa_vm_create(void *guest_code);
u64 *numa_vm_round(const struct numa_vm *n);
u64 *numa_vm_stop(const struct numa_vm *n);

bool numa_vm_bind(const struct numa_vm *n, int node, struct numa_moves *m);
bool numa_vm_found(const struct numa_vm *n, int node, struct numa_moves *m);
bool numa_vm_send(const struct numa_vm *n, int node, struct numa_moves *m);

#endif /* NUMA_VM_H */
