/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUs that KVM has left. */
#ifndef X86_UNLOADED_H
#define X86_UNLOADED_H

#include "test_util.h"

void unloaded_require(void);
u64 unloaded_check(void);

#endif /* X86_UNLOADED_H */
