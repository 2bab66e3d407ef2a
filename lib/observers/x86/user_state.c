// SPDX-License-Identifier: GPL-2.0-only
/* What this host's user mode has, by CPUID (SDM volume 2, APM volume 3). */
#include "x86/user_state.h"

static u32 cpuid_reg(u32 leaf, u32 reg)
{
	u32 regs[4];

	cpuid(leaf & 0x80000000, 0, regs);
	if (regs[0] < leaf)
		return 0;
	cpuid(leaf, 0, regs);
	return regs[reg];
}

/** cpu_has_rdtscp() - CPUID.80000001H:EDX[27] */
bool cpu_has_rdtscp(void)
{
	return cpuid_reg(0x80000001, 3) >> 27 & 1;
}

/** cpu_has_rdpid() - CPUID.7:ECX[22] */
bool cpu_has_rdpid(void)
{
	return cpuid_reg(7, 2) >> 22 & 1;
}

/** cpu_has_xsave() - CPUID.1:ECX[27], OSXSAVE: the kernel has set CR4.OSXSAVE */
bool cpu_has_xsave(void)
{
	return cpuid_reg(1, 2) >> 27 & 1;
}

/** cpu_has_avx() - CPUID.1:ECX[28], and XCR0 when first asked */
bool cpu_has_avx(void)
{
	static int has = -1;

	if (has < 0)
		has = cpu_has_xsave() && cpuid_reg(1, 2) >> 28 & 1 && xgetbv(0) & XCR0_AVX;
	return has;
}

/** cpu_has_pku() - CPUID.7:ECX[4], OSPKE: the kernel has set CR4.PKE */
bool cpu_has_pku(void)
{
	return cpuid_reg(7, 2) >> 4 & 1;
}

/** host_has_flag() - whether /proc/cpuinfo says so, by the kernel's own name for it */
bool host_has_flag(const char *flag)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	char *line = NULL, *word, *rest;
	bool has = false;
	size_t size = 0;

	TEST_ASSERT(file, "/proc/cpuinfo");
	while (getline(&line, &size, file) > 0 && strncmp(line, "flags", 5))
		;
	for (word = strtok_r(line, "\n ", &rest); word && !has; word = strtok_r(NULL, "\n ", &rest))
		has = !strcmp(word, flag);
	free(line);
	fclose(file);
	return has;
}
