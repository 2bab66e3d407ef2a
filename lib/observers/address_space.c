// SPDX-License-Identifier: GPL-2.0-only
/* The address space ids that Linux keeps in CR3. */
#include <sys/wait.h>

#include "observer.h"

#define FORKS		16	/* more than a CPU has of them (6.12: 6) */

static u64 cr3_on(int cpu)
{
	struct host_state hs;

	migrate_self(cpu);
	host_state_snapshot(&hs);
	return hs.cpu_holds.value[HS_CR3];
}

/**
 * part_address_space_ids() - let this process have another one on the first two CPUs
 *
 * Each CPU hands them out by itself.  Where two CPUs happen to agree, a HOST_CR3 left
 * behind by a hop is right by chance: let other processes use up ids on one.
 */
void part_address_space_ids(void)
{
	u64 first = cr3_on(allowed_cpu(0));

	for (int i = 0; i < FORKS && cr3_on(allowed_cpu(1)) == first; i++) {
		pid_t child = fork();

		TEST_RESOURCE(child >= 0, "not enough processes");
		if (!child)
			_exit(0);
		TEST_ASSERT(waitpid(child, NULL, 0) == child, "waitpid");
	}
	migrate_restore();
}
