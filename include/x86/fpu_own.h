/* SPDX-License-Identifier: GPL-2.0-only */
/* FPU state of a thread's own, around a system call: loaded before, compared after. */
#ifndef X86_FPU_OWN_H
#define X86_FPU_OWN_H

#include "state_hop.h"

u64 fpu_own_init(void);
long fpu_own_call(struct state_thread *t, const char *who, long nr, long a, long b, long c);

#endif /* X86_FPU_OWN_H */
