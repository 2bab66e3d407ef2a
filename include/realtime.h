/* SPDX-License-Identifier: GPL-2.0-only */
/* Real-time processes that preempt whatever runs. */
#ifndef REALTIME_H
#define REALTIME_H

#include "test_util.h"

const char *realtime_why_not(void);
void realtime_start(const int *cpus, int nr_cpus);
u64 realtime_wakeups(void);
void realtime_wait(u64 nr);
void realtime_stop(void);

#endif /* REALTIME_H */
