/* SPDX-License-Identifier: GPL-2.0-only */
/* A VM in a child, for a process that must have none. */
#ifndef CHILD_VM_H
#define CHILD_VM_H

#include "test_util.h"

bool child_vm_run(void *guest_code, void (*look)(int cpu));
bool child_vm_kill_halted(void *guest_code, int cpu);
bool sleeps_in_kvm_run(pid_t tid);

#endif /* CHILD_VM_H */
