/* SPDX-License-Identifier: GPL-2.0-only */
/* A VM whose guest is a hypervisor with an L2, and which hops at one of both levels. */
#ifndef X86_NESTED_VM_H
#define X86_NESTED_VM_H

#include "kvm_util.h"

struct nested_vm {
	struct kvm_vm *vm;
	struct kvm_vcpu *vcpu;
	u64 l2_tss;			/* guest address of L2's TSS */
	u64 *round, *stop;		/* host addresses; see migrate_during_runs() */
};

struct nested_vm nested_vm_create(int level, bool during_run);

#endif /* X86_NESTED_VM_H */
