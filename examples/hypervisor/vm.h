/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the example share.
 */
#ifndef VM_H
#define VM_H

#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/types.h>

#include "hypervisor.h"

/* In the order in which enter.S saves them. */
struct vm_regs {
	u64 rax, rcx, rdx, rbx, rbp, rsi, rdi;
	u64 r8, r9, r10, r11, r12, r13, r14, r15;
};

struct vm {
	struct vm_regs regs;
	void *vmcs;			/* a page */
	unsigned long pages[5];		/* the guest's page tables, and its code */
	bool launched;			/* since the last VMCLEAR */
	bool was_loaded;
	int cpu;			/* where the VMCS is current, or -1 */
	int last_cpu;			/* of the last VM entry, or -1 */
	struct preempt_notifier notifier;
	struct mutex lock;		/* one thread at a time runs it */
	struct hv_run count;
};

/* vmcs.c */
int vmx_on(void *area);
void vmx_off(void);
int vmcs_setup(struct vm *vm);
int vmcs_load(struct vm *vm);
void vmcs_clear(struct vm *vm);
int vmcs_run_once(struct vm *vm);

/* enter.S: 0 after a VM exit, 1 where the CPU refused the entry. */
int vm_enter(struct vm_regs *regs, unsigned long launched);
void vm_exit(void);

#endif /* VM_H */
