/* SPDX-License-Identifier: GPL-2.0-only */
/* Taking CPUs offline, and bringing them back whatever happens. */
#ifndef CPU_HOTPLUG_H
#define CPU_HOTPLUG_H

#include "test_util.h"

#define HOTPLUG_MAX_CPUS	8	/* each takes a while to go and come back */

void hotplug_init(void);
int nr_hotplug_cpus(void);
int hotplug_cpu(int i);
void cpu_offline(int cpu);
void cpu_online(int cpu);

#endif /* CPU_HOTPLUG_H */
