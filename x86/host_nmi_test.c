// SPDX-License-Identifier: GPL-2.0-only
/*
 * NMIs on every CPU while vCPUs run and move from CPU to CPU.
 *
 * An NMI takes its stack from the TSS that TR leads to, at once, whatever the
 * CPU is doing: even where interrupts are off and KVM has not put everything
 * right yet.  With a wrong TR it runs on another CPU's NMI stack, or on none.
 *
 * An NMI that comes while a guest runs makes it exit: that is the shortest way
 * from a VM exit to an NMI handler, and a run without one proves nothing.  Such
 * exits are counted by their reason.
 *
 * An NMI that made a guest exit is gone from the CPU: KVM has to call the handler
 * itself, once.  So each CPU must take as many as were sent to it, no less and no
 * more, unless this host has other sources of NMIs.  That is so with L2 active too:
 * the NMI is L0's, whatever L1 intercepts (nested_vmx_l0_wants_exit(),
 * nested_svm_exit_special()).  And on SVM it is KVM that notes when a guest leaves its
 * own NMI handler (svm_inject_nmi()): those of the host are intercepted meanwhile.
 */
#include <sys/ioctl.h>

#include "hop_vm.h"
#include "nmi.h"
#include "observer.h"
#include "x86/nested.h"

#define NMI_VECTOR	2

static const char *exits_why_not;
static bool exact;			/* no NMI comes but those that are sent */
static struct hop_stats stats;

/*
 * When all that were sent have been waited for.  Returns false where one is missing
 * or too many, which has failed the subtest.  PMUs that begin to count bring others.
 */
static bool compare_counts(struct nmi_storm *s)
{
	struct violation v = {
		.observer = "/proc/interrupts", .field = "NMI", .from_cpu = -1, .count = 1,
	};
	bool right = true;

	exact &= !s->now.pmu;
	for (int i = 0; i < nr_allowed_cpus() && exact; i++) {
		s64 missing = nmi_storm_missing(s, allowed_cpu(i));

		if (!missing)
			continue;
		v.cpu = allowed_cpu(i);
		v.behaviour = missing > 0 ? "an NMI that was sent did not come" :
					    "more NMIs came than were sent";
		host_state_violation(&v);
		right = false;
	}
	return right;
}

static struct nmi_storm storm = { .check = compare_counts };

static bool more_nmis(void)
{
	return !READ_ONCE(storm.done);
}

static void finish_nmis(void)
{
	u64 total = 0, exits;

	nmi_storm_finish(&storm);
	exits = nmi_storm_exits(&storm);
	for (int i = 0; i < nr_allowed_cpus(); i++) {
		int cpu = allowed_cpu(i);
		u64 taken = nmi_storm_taken(&storm, cpu);

		total += taken;
		if (nmi_storm_missing(&storm, cpu) > 0 && !exact)
			subtest_inconclusive("cpu %d took %llu of %llu NMIs", cpu, taken,
					     storm.sent.nr[cpu]);
	}
	test_count("nmis=%llu nmi_exits=%llu", total, exits);
	if (storm.in_guests && !exits)
		subtest_inconclusive("none of %llu NMIs came while a guest was running", total);
}

static void without_guest(void)
{
	bool same = true;

	nmi_storm_start(&storm, false, false);
	finish_nmis();
	for (int i = 0; i < nr_allowed_cpus(); i++)
		same &= !nmi_storm_missing(&storm, allowed_cpu(i));
	exact = same && !storm.now.pmu;
	if (!exact)
		test_diag("this host has other NMIs (%llu of PMUs): the counts are not compared",
			  storm.now.pmu);
}

static void nmis_between_runs(void)
{
	hop_stats_clear(&stats);
	nmi_storm_start(&storm, true, false);
	hop_vm_between_runs(hop_vm_vcpus(), (u64)nr_cpu_pairs(), hop_vm_check_tr, more_nmis,
			    &stats);
	finish_nmis();
	hop_stats_report(&stats);
}

static void nmis_during_runs(void)
{
	SUBTEST_REQUIRE_GUARD();
	SUBTEST_REQUIRE(!exits_why_not, "%s", exits_why_not);
	hop_stats_clear(&stats);
	nmi_storm_start(&storm, true, true);
	hop_vm_during_runs(hop_vm_vcpus(), (u64)nr_cpu_pairs(), more_nmis, &stats);
	finish_nmis();
	hop_stats_report(&stats);
}

static void while_one_runs(struct kvm_vcpu *vcpu)
{
	hop_stats_clear(&stats);
	nmi_storm_start(&storm, true, true);
	hop_vm_during_runs_of(&vcpu, 1, (u64)nr_cpu_pairs(), more_nmis, &stats);
	finish_nmis();
	hop_stats_report(&stats);
	kvm_vm_free(vcpu->vm);
}

static void wait_for_nmi(void)
{
	for (;;)
		cpu_relax();
}

static void guest_nmi_handler(struct ex_regs *regs)
{
	(void)regs;
	guest_count_until_stopped(0, 0);
}

static void nmis_in_a_guests_handler(void)
{
	struct kvm_vcpu *vcpu;

	SUBTEST_REQUIRE_GUARD();
	SUBTEST_REQUIRE(!exits_why_not, "%s", exits_why_not);
	SUBTEST_REQUIRE(kvm_vendor() == HOST_STATE_SVM, "on VMX the CPU notes it");
	vm_create_with_one_vcpu(&vcpu, wait_for_nmi);
	vm_install_exception_handler(vcpu->vm, NMI_VECTOR, guest_nmi_handler);
	TEST_ASSERT_OK(ioctl(vcpu->fd, KVM_NMI));
	while_one_runs(vcpu);
}

static void l2_code(void)
{
	guest_count_until_stopped(0, 0);
}

/* Nothing of what L2 does here exits to L1: it is active from its first entry on. */
static void nmis_in_l2(void)
{
	struct kvm_vcpu *vcpu;

	SUBTEST_REQUIRE_GUARD();
	SUBTEST_REQUIRE(!exits_why_not, "%s", exits_why_not);
	SUBTEST_REQUIRE(nested_supported(), "KVM's module is not loaded with nested=1");
	vm_create_with_one_vcpu(&vcpu, l1_enter_l2);
	nested_give_l2(vcpu, l2_code);
	while_one_runs(vcpu);
}

static const struct subtest subtests[] = {
	{ "without_guest", without_guest },
	{ "nmis_between_runs", nmis_between_runs },
	{ "nmis_during_runs", nmis_during_runs },
	{ "nmis_in_l2", nmis_in_l2 },
	{ "nmis_in_a_guests_handler", nmis_in_a_guests_handler },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	TEST_REQUIRE(host_state_available(), "%s", host_state_why_not());
	TEST_REQUIRE(nr_allowed_cpus() > 1, "one CPU: an NMI goes to the others");
	TEST_REQUIRE_DISRUPTIVE("it sends NMIs by SysRq, with backtraces of all CPUs in the log");
	TEST_REQUIRE(!nmi_why_not(), "%s", nmi_why_not());
	exits_why_not = nmi_exits_open();
	return test_run(subtests, ARRAY_SIZE(subtests));
}
