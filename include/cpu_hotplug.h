/* SPDX-License-Identifier: GPL-2.0-only */
/* Taking CPUs offline, and bringing them back whatever happens. */
#ifndef CPU_HOTPLUG_H
#define CPU_HOTPLUG_H

#include "test_util.h"

#define HOTPLUG_MAX_CPUS	8	/* each takes a while to go and come back */

const char *hotplug_find(void);
void hotplug_init(void);
int nr_hotplug_cpus(void);
int hotplug_cpu(int i);
bool cpu_offline(int cpu);
void cpu_online(int cpu);
void hotplug_put_back(void);

#define IRQ_CPUS		256	/* room for a list of CPUs */

int irq_send_one_to(int cpu, char before[IRQ_CPUS]);
bool irq_cpus(int irq, char cpus[IRQ_CPUS]);

/* Of the process that takes CPUs offline. */
void kept_files_save(void);
void kept_files_restore(void);

#endif /* CPU_HOTPLUG_H */
