/* SPDX-License-Identifier: GPL-2.0-only */
/* Threads that hop between runs, while somebody else changes where they may. */
#ifndef HOPPER_H
#define HOPPER_H

#include "kvm_util.h"
#include "migrate.h"

void hoppers_start(struct kvm_vm *vm, int nr, void *guest_code);
void hoppers_wait(u64 runs);
u64 hoppers_stop(struct hop_stats *stats);

#endif /* HOPPER_H */
