// SPDX-License-Identifier: GPL-2.0-only
/* Which CPUs an interrupt may go to. */
#include "cpu_hotplug.h"

#define MAX_IRQ		256

static FILE *open_list(int irq, const char *mode)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/irq/%d/smp_affinity_list", irq);
	return fopen(path, mode);
}

/** irq_cpus() - read that list; false where there is no such interrupt */
bool irq_cpus(int irq, char cpus[IRQ_CPUS])
{
	FILE *file = open_list(irq, "r");
	bool ok = file && fgets(cpus, IRQ_CPUS, file);

	if (file)
		fclose(file);
	cpus[ok ? strcspn(cpus, "\n") : 0] = '\0';
	return ok;
}

static bool send_to(int irq, const char *cpus)
{
	FILE *file = open_list(irq, "w");
	bool ok = file && fputs(cpus, file) >= 0;

	/* What the kernel refuses comes out when it is flushed. */
	if (file)
		ok = !fclose(file) && ok;
	return ok;
}

/**
 * irq_send_one_to() - let one interrupt, which may go elsewhere, go to @cpu only
 * @before: receives where it may go till now
 *
 * Returns its number, or -1 where the kernel allows that for none.
 */
int irq_send_one_to(int cpu, char before[IRQ_CPUS])
{
	char one[16];

	snprintf(one, sizeof(one), "%d", cpu);
	for (int irq = 0; irq < MAX_IRQ; irq++)
		if (irq_cpus(irq, before) && strcmp(before, one) && send_to(irq, one))
			return irq;
	return -1;
}
