// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's state and L1's, while a vCPU with an L2 guest moves.
 *
 * On VMX a vCPU whose guest is a hypervisor has two VMCSs, vmcs01 for L1 and
 * vmcs02 for L2.  Each holds a host-state area and remembers the CPU that it was
 * last loaded on, and KVM switches between them without leaving the CPU.  So a
 * move with L2 active must bring vmcs02 up to date at once and vmcs01 when L2
 * exits, and a move with L1 active the other way round.  SVM has one host save
 * area a CPU for both.
 *
 * A ucall of L2's is none of L1's business: KVM_RUN returns with L2 active.
 * Which level was active is told by the TR that KVM_GET_SREGS shows: each has a
 * TSS of its own, and L1's is at an address that takes all of a descriptor.
 *
 * What the guest does is in lib/hops/x86/nested_vm.c.
 *
 * Between runs the kernel's CR4 changes as well: CR4.TSD is a task's.  KVM remembers
 * for each VMCS what HOST_CR4 it wrote there (vmx_vcpu_run()), and a run goes on
 * with the other VMCS than it began with.
 *
 * What comes back when KVM_RUN ends must do so whichever level was active: the limit of
 * GDTR (vmx_prepare_switch_to_host()), and the MSRs that user mode alone needs, which the
 * guard looks at on the way there (kvm_on_user_return()).
 */
#include <sys/prctl.h>

#include "cpus.h"
#include "hopper.h"
#include "observer.h"
#include "x86/desc_tables.h"
#include "x86/nested.h"
#include "x86/nested_check.h"
#include "x86/nested_vm.h"

#define HOPS		500	/* between runs; --hops sets it */
#define DURING_SHARE	4	/* a hop during a run takes longer */
#define L1_GDT		0xfffffe7cf8d60000ULL
#define L1_TSS		0xfffffe7cf8d65000ULL

/* Which level is active when the vCPU hops. */
static const struct mode {
	const char *name;
	int level;
	bool during_run;
} modes[] = {
	{ "hop_in_l2", 2, false },
	{ "hop_in_l1", 1, false },
	{ "hop_in_l2_during_run", 2, true },
	{ "hop_in_l1_during_run", 1, true },
};

static struct hop_stats stats;
static struct mode mode;			/* of this subtest */
static struct nested_vm nested;

static bool check_hop(struct kvm_vcpu *vcpu, int from, int to)
{
	struct host_state hs;

	host_state_snapshot(&hs);
	if (mode.level == 2)
		nested_check_tr(vcpu, "L2", nested.l2_tss, from);
	else
		nested_check_tr(vcpu, "L1", L1_TSS, from);
	desc_tables_check(&hs, to, from);
	return host_state_check_tr(&hs, to, from) > 0;
}

/* Nothing reads the clock here with RDTSC disabled. */
static enum hop_seen stop_with_other_cr4(struct hopper *h)
{
	enum hop_seen seen;

	if (h->stops % 2)
		TEST_ASSERT_OK(prctl(PR_SET_TSC, PR_TSC_SIGSEGV));
	seen = hopper_stop(h);
	TEST_ASSERT_OK(prctl(PR_SET_TSC, PR_TSC_ENABLE));
	return seen;
}

static void hop_between_runs(void)
{
	struct hopper *h = hoppers_alloc(&nested.vcpu, 1, default_hops(HOPS), test_options.seed,
					 &stats);

	h->check = check_hop;
	h->stop = stop_with_other_cr4;
	hopper_walk(h);
	hoppers_free(h, 1);
}

static void hop_during_runs(void)
{
	u64 hops = hops_share(default_hops(HOPS), DURING_SHARE, (u64)nr_cpu_pairs());
	static u32 *before;

	before = host_state_hops(before);
	migrate_during_runs(&nested.vcpu, &nested.round, nested.stop, 1, hops, &stats);
	hop_stats_check_guarded(&stats, before);
}

static void report(u64 entries)
{
	struct ucall uc;

	get_ucall(nested.vcpu, &uc);
	if (uc.cmd != UCALL_SYNC && uc.cmd != UCALL_DONE) {
		subtest_fail("L1 TSS at 0x%llx: lost after %llu hops", L1_TSS, stats.hops);
		nested_check_tr(nested.vcpu, "L1", L1_TSS, -1);
	}
	hop_stats_report(&stats);
	test_count("nested_entries=%llu", entries);
	/* Every hop is followed by an entry of L2's, and often by more. */
	nested_check_guarded(stats.hops, "hops", entries);
}

static void hop_with_l2(void)
{
	u64 before = nested_entries();

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		if (!strcmp(modes[i].name, subtest_name()))
			mode = modes[i];
	if (mode.during_run)
		SUBTEST_REQUIRE_GUARD();
	hop_stats_clear(&stats);
	part_address_space_ids();
	nested = nested_vm_create(mode.level, mode.during_run);
	vcpu_place_tables(nested.vcpu, L1_GDT, L1_TSS);
	if (mode.during_run)
		hop_during_runs();
	else
		hop_between_runs();
	report(nested_entries() - before);
	kvm_vm_free(nested.vm);
}

int main(int argc, char *argv[])
{
	struct subtest subtests[ARRAY_SIZE(modes)];

	test_init(argc, argv, TEST_KVM);
	nested_require();
	TEST_REQUIRE(host_state_available(), "%s", host_state_why_not());
	TEST_REQUIRE(nr_allowed_cpus() > 1, "one CPU: nowhere to hop to");
	host_state_user(true);
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		subtests[i] = (struct subtest) { modes[i].name, hop_with_l2 };
	return test_run(subtests, ARRAY_SIZE(subtests));
}
