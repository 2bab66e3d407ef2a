// SPDX-License-Identifier: GPL-2.0-only
/* The first thing in main(): everything is opened, in the right order. */
#include "cpus.h"
#include "kvm_util.h"
#include "numa_util.h"
#include "observer.h"

static void subtest_ends(void)
{
	migrate_restore();
	host_state_collect();
}

static struct test_hooks hooks = {
	.subtest_begins = host_state_subtest_begins,
	.subtest_ends = subtest_ends,
	.subtest_fails = host_state_collect,
	.print_violations = host_state_print_violations,
};

static void print_host(void)
{
	static const char * const vendors[] = {
		[HOST_STATE_NO_VENDOR] = "none",
		[HOST_STATE_SVM] = "svm",
		[HOST_STATE_VMX] = "vmx",
	};
	int bit31 = 0;

	for (int i = 0; i < nr_allowed_cpus(); i++)
		bit31 += (int)(host_state_tss(allowed_cpu(i)) >> 31 & 1);
	/* Without the module nobody knows where a TSS is. */
	if (host_state_available())
		test_diag("host: cpus=%d nodes=%d bit31_cpus=%d vendor=%s%s",
			  nr_allowed_cpus(), numa_nodes(), bit31,
			  vendors[kvm_vendor()], host_state_fred() ? " fred=1" : "");
	else
		test_diag("host: cpus=%d nodes=%d vendor=%s", nr_allowed_cpus(),
			  numa_nodes(), vendors[kvm_vendor()]);
}

/**
 * test_init() - first thing in main()
 * @argc: of main()
 * @argv: of main()
 * @flags: whether the test runs VMs
 *
 * Exits with status 1 and a line on stderr for an option that it cannot read.
 * A program that uses the library without being a test does not call this.
 */
void test_init(int argc, char *argv[], enum test_flags flags)
{
	if (flags == TEST_KVM)
		hooks.last = (struct subtest) { "entry_guard", host_state_entry_guard };
	test_begin(argc, argv, &hooks);
	cpus_init();
	if (flags == TEST_KVM) {
		kvm_open();
		host_state_open();
	}
	print_host();
	test_diag("seed: %llu", test_options.seed);
}
