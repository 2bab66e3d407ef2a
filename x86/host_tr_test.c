// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's task register after VM exits, while vCPUs move from CPU to CPU.
 *
 * Each CPU has a TSS of its own, in its cpu_entry_area.  VM exits load TR's
 * hidden base (VMX: from HOST_TR_BASE in the VMCS, SVM: by VMLOAD from the save
 * area), and a vCPU that moves must take none of it along.  With a wrong base
 * the next interrupt or NMI takes its stack from somewhere else, and the host
 * is gone.
 *
 * Between runs the snapshot shows, after each hop, what this CPU holds or what
 * the next exit will load.  During a run only the entry guard can look.
 */
#include "migrate.h"
#include "observer.h"
#include "x86/processor.h"

#define HOPS		2000	/* between runs; --hops sets it */
#define DURING_SHARE	10	/* a hop during a run takes about ten times as long */
#define MAX_THREADS	8

static struct hop_stats stats;

static u64 rounds[VM_MAX_VCPUS], stop;

static void exit_for_ever(void)
{
	for (u64 i = 0;; i++)
		GUEST_SYNC(i);
}

static void count_until_stopped(u64 id, u64 unused)
{
	(void)unused;
	while (!READ_ONCE(stop)) {
		WRITE_ONCE(rounds[id], rounds[id] + 1);
		cpu_relax();
	}
	GUEST_DONE();
}

static bool check_tr(struct kvm_vcpu *vcpu, int from, int to)
{
	struct host_state hs;

	(void)vcpu;
	host_state_snapshot(&hs);
	return host_state_check_tr(&hs, to, from) > 0;
}

static struct kvm_vm *vm_with_vcpus(struct kvm_vcpu **vcpus, int nr, void *guest_code)
{
	struct kvm_vm *vm = vm_create(VM_DEFAULT_MEM);

	for (int i = 0; i < nr; i++) {
		vcpus[i] = vm_vcpu_add(vm, (u32)i, guest_code);
		vcpu_args_set(vcpus[i], (u64)i, 0);
	}
	return vm;
}

static int nr_threads(void)
{
	return nr_allowed_cpus() < MAX_THREADS ? nr_allowed_cpus() : MAX_THREADS;
}

static void between_runs(int nr)
{
	struct kvm_vcpu *vcpus[MAX_THREADS];
	struct kvm_vm *vm;

	memset(&stats, 0, sizeof(stats));
	vm = vm_with_vcpus(vcpus, nr, exit_for_ever);
	migrate_threads_between_runs(vcpus, nr, default_hops(HOPS), check_tr, &stats);
	hop_stats_report(&stats);
	kvm_vm_free(vm);
}

static void during_runs(int nr)
{
	u64 hops = default_hops(HOPS), *rounds_hva[MAX_THREADS];
	static struct host_state_hops before;
	struct kvm_vcpu *vcpus[MAX_THREADS];
	struct kvm_vm *vm;

	SUBTEST_REQUIRE(host_state_guard_mode() != HOST_STATE_GUARD_OFF,
			"the guard is off: nothing looks at the host during a run");
	/* A tenth, but enough for every pair if between runs there is. */
	if (hops > (u64)nr_cpu_pairs())
		hops = hops / DURING_SHARE > (u64)nr_cpu_pairs() ?
		       hops / DURING_SHARE : (u64)nr_cpu_pairs();

	memset(&stats, 0, sizeof(stats));
	vm = vm_with_vcpus(vcpus, nr, count_until_stopped);
	for (int i = 0; i < nr; i++)
		rounds_hva[i] = &(*guest_copy(vm, rounds))[i];
	host_state_hops(&before);
	migrate_during_runs(vcpus, rounds_hva, guest_copy(vm, stop), nr, hops, &stats);
	hop_stats_check_guarded(&stats, &before);
	hop_stats_report(&stats);
	kvm_vm_free(vm);
}

static void hop_between_runs(void)
{
	between_runs(1);
}

static void hop_during_run(void)
{
	during_runs(1);
}

static void several_vcpus(void)
{
	between_runs(nr_threads());
}

static void several_vcpus_during_run(void)
{
	during_runs(nr_threads());
}

static const struct subtest subtests[] = {
	{ "hop_between_runs", hop_between_runs },
	{ "hop_during_run", hop_during_run },
	{ "several_vcpus", several_vcpus },
	{ "several_vcpus_during_run", several_vcpus_during_run },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	TEST_REQUIRE(host_state_available(), "%s", host_state_why_not());
	TEST_REQUIRE(nr_allowed_cpus() > 1, "one CPU: nowhere to hop to");
	return test_run(subtests, ARRAY_SIZE(subtests));
}
