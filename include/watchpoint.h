/* SPDX-License-Identifier: GPL-2.0-only */
/* Watchpoints of the calling thread, as perf counts them: needs no PMU. */
#ifndef WATCHPOINT_H
#define WATCHPOINT_H

#include "test_util.h"

#define NR_WATCHPOINTS	4		/* the CPU has no more */

struct watchpoints {
	u64 watched[NR_WATCHPOINTS], unwatched[NR_WATCHPOINTS];
	u64 counted[NR_WATCHPOINTS];	/* until the last watchpoints_hit() */
	int fd[NR_WATCHPOINTS];
};

const char *watchpoints_why_not(void);
void watchpoints_open(struct watchpoints *w);
void watchpoints_close(struct watchpoints *w);
void watchpoints_hit(struct watchpoints *w, u64 hits[NR_WATCHPOINTS], u64 want[NR_WATCHPOINTS]);

#endif /* WATCHPOINT_H */
