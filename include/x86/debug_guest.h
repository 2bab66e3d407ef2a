/* SPDX-License-Identifier: GPL-2.0-only */
/* Guests that use the debug registers. */
#ifndef X86_DEBUG_GUEST_H
#define X86_DEBUG_GUEST_H

#include "hop_vm.h"
#include "watchpoint.h"

extern struct watchpoints watchpoints_of[VM_MAX_VCPUS];	/* of each thread */

void debug_guest_step(u64 id, u64 n);
void debug_l2_step(u64 id, u64 n);
void debug_guest_set(int vcpu_fd, u64 id, u32 control);

#endif /* X86_DEBUG_GUEST_H */
