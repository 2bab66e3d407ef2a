// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the observers see of this host, before any test: one line of facts, and
 * with -v one line a CPU.  With -v N it stays for N seconds after that, so that
 * somebody outside can compare.
 */
#include "cpus.h"
#include "numa_util.h"
#include "observer.h"

static void print_cpu(int cpu)
{
	struct host_state hs;

	migrate_self(cpu);
	host_state_snapshot(&hs);
	printf("cpu=%d node=%u tr_base=0x%016llx tss=0x%016llx gdtr_base=0x%016llx\n",
	       cpu, hs.node, hs.cpu_holds.value[HS_TR_BASE], hs.cea_tss,
	       hs.cpu_holds.value[HS_GDTR_BASE]);
}

int main(int argc, char *argv[])
{
	int bit31 = 0;

	cpus_init();
	host_state_open();
	for (int i = 0; i < nr_allowed_cpus(); i++)
		bit31 += (int)(host_state_tss(allowed_cpu(i)) >> 31 & 1);
	printf("cpus=%d nodes=%d", nr_allowed_cpus(), numa_nodes());
	if (host_state_available())
		printf(" bit31_cpus=%d%s", bit31, host_state_fred() ? " fred=1" : "");
	printf("\n");
	if (argc > 1 && !strcmp(argv[1], "-v")) {
		for (int i = 0; i < nr_allowed_cpus(); i++)
			print_cpu(allowed_cpu(i));
		migrate_restore();
		fflush(stdout);
		sleep(argc > 2 ? (unsigned int)atoi(argv[2]) : 0);
	}
	return 0;
}
