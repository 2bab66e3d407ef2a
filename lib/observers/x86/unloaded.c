// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUs that KVM has left: CR4.VMXE, EFER.SVME and VM_HSAVE_PA as before it came
 * (svm_disable_virtualization_cpu(), vmx_disable_virtualization_cpu(), in 7.3
 * x86_virt_put_ref(), in 6.1 svm_hardware_disable(), vmx_hardware_disable()).
 */
#include <fcntl.h>

#include "cpus.h"
#include "observer.h"
#include "x86/nested.h"
#include "x86/unloaded.h"
#include "x86/user_state.h"

/* Open while KVM is not there: host_state_open() wants both. */
static int device;

/** unloaded_require() - skip the test where the module cannot be read without KVM */
void unloaded_require(void)
{
	device = open(HOST_STATE_DEVICE, O_RDONLY | O_CLOEXEC);
	if (device < 0 && errno == ENOENT && !own_module_load())
		device = open(HOST_STATE_DEVICE, O_RDONLY | O_CLOEXEC);
	TEST_REQUIRE(device >= 0, "no " HOST_STATE_DEVICE ": %s", strerror(errno));
	TEST_REQUIRE(host_state_fits(device), "%s", host_state_stale);
}

static u64 expect_clear(const struct host_state *hs, u32 field, u64 bits)
{
	u64 held = hs->cpu_holds.value[field];

	if (!host_state_has(hs->cpu_holds.mask, field))
		return 0;
	host_state_expect("snapshot", host_state_field_name(field), (int)hs->cpu, -1, held,
			  held & ~bits);
	return 1;
}

static u64 check_cpu(int cpu)
{
	struct host_state hs;
	u64 checked = 0;

	migrate_self(cpu);
	TEST_ASSERT(read(device, &hs, sizeof(hs)) == sizeof(hs), "a snapshot");
	/* A newer kernel stays in VMX operation for TDX, KVM or not (tdx_enable()). */
	if (hs.vendor == HOST_STATE_VMX && !host_has_flag("tdx_host_platform"))
		checked += expect_clear(&hs, HS_CR4, X86_CR4_VMXE);
	if (hs.vendor == HOST_STATE_SVM)
		checked += expect_clear(&hs, HS_EFER, X86_EFER_SVME);
	return checked + expect_clear(&hs, HS_VM_HSAVE_PA, ~0ULL);
}

/** unloaded_check() - compare each CPU; returns the number of values */
u64 unloaded_check(void)
{
	u64 checked = 0;

	for (int i = 0; i < nr_allowed_cpus(); i++)
		checked += check_cpu(allowed_cpu(i));
	migrate_restore();
	return checked;
}
