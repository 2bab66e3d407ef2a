// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioperm() after VM exits: the host's TSS limit, and TR's base, by behaviour.
 *
 * The I/O permission bitmap lies behind the TSS.  A VM exit on VMX leaves TR
 * with a limit that ends before it, and KVM must have the kernel reload TR
 * before user mode uses a port (b7ffc44d5b2e, "x86/kvm/vmx: Defer TR reload
 * after VM exit").  If that is missing, or TR points at another CPU's TSS, a
 * port that this thread was granted faults.
 *
 * Needs no module, only CAP_SYS_RAWIO for ioperm().
 */
#include "hop_vm.h"
#include "observer.h"
#include "x86/io_port.h"

#define HOPS		1000
#define OTHER_PORT	0x81	/* not granted */

static struct hop_stats stats;

/* Right after KVM_RUN's exit to user mode, and nothing of it in between. */
static bool check_ports(struct kvm_vcpu *vcpu, int from, int to)
{
	bool granted = port_write_works(POST_PORT), denied = !port_write_works(OTHER_PORT);
	struct violation unreachable = {
		.observer = "behaviour",
		.field = "TR_LIMIT",
		.count = 1,
		.behaviour = "ioperm bitmap not reachable through TR, by limit or base",
	};

	(void)vcpu;
	unreachable.cpu = to;
	unreachable.from_cpu = from;
	if (!granted)
		host_state_violation(&unreachable);
	if (!denied)
		subtest_fail("cpu %d, from cpu %d: port 0x%x works, and was not granted",
			     to, from, OTHER_PORT);
	return true;
}

static void report(void)
{
	test_count("hops=%llu exits=%llu cross_node=%llu pairs=%d pairs_all=%d",
		   stats.hops, stats.hops, hop_stats_cross_node(&stats),
		   hop_stats_pairs(&stats), nr_cpu_pairs());
	hop_stats_require_coverage(&stats);
}

/* The thread that has the port stays: only exits, no hop. */
static void exits_in_place(void)
{
	u64 checked = 0, want = test_options.hops ?: HOPS;
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = vm_create_with_one_vcpu(&vcpu, guest_exit_for_ever);
	struct ucall uc;
	int cpu = allowed_cpu(0);

	migrate_self(cpu);
	while (checked < want && vcpu_run_to_ucall(vcpu, &uc) == UCALL_SYNC)
		checked += check_ports(vcpu, cpu, cpu);
	migrate_restore();
	test_count("exits=%llu", checked);
	kvm_vm_free(vm);
}

static void exits_and_hops(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm;

	SUBTEST_REQUIRE(nr_allowed_cpus() > 1, "one CPU: nowhere to hop to");
	hop_stats_clear(&stats);
	vm = vm_create_with_one_vcpu(&vcpu, guest_exit_for_ever);
	migrate_between_runs(vcpu, default_hops(HOPS), test_options.seed, check_ports, &stats);
	report();
	kvm_vm_free(vm);
}

/* Without any VM: this is how ioperm() works on this host. */
static void before_any_guest(void)
{
	for (int i = 0; i < nr_allowed_cpus(); i++) {
		migrate_self(allowed_cpu(i));
		check_ports(NULL, allowed_cpu(i), allowed_cpu(i));
	}
	test_count("cpus=%d", nr_allowed_cpus());
}

static const struct subtest subtests[] = {
	{ "before_any_guest", before_any_guest },
	{ "exits_in_place", exits_in_place },
	{ "exits_and_hops", exits_and_hops },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	ioperm_require(POST_PORT);
	return test_run(subtests, ARRAY_SIZE(subtests));
}
