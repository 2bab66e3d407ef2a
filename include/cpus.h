/* SPDX-License-Identifier: GPL-2.0-only */
/* The host's CPUs: which ones this process may use, and going there. */
#ifndef CPUS_H
#define CPUS_H

#include <pthread.h>

#include "test_util.h"

void cpus_init(void);
int nr_cpu_ids(void);
int nr_online_cpus(void);
int nr_allowed_cpus(void);
int allowed_cpu(int i);
const int *allowed_cpus(void);
int nr_cpu_pairs(void);

void migrate_thread(pthread_t thread, int cpu);
void migrate_self(int cpu);
void migrate_was_on(int at, int cpu);
bool migrate_try(int cpu);
void migrate_away_from(int cpu);
void migrate_restore(void);
bool migrate_is_allowed(int cpu);

#endif /* CPUS_H */
