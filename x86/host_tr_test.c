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
 *
 * An ioctl brings the vCPU's VMCS to the CPU of whoever calls it (vcpu_load), and
 * the next run brings it back: to KVM that is a move, though every run is on the
 * same CPU.
 */
#include <pthread.h>

#include "hop_vm.h"
#include "observer.h"

#define HOPS		2000	/* between runs; --hops sets it */
#define IOCTL_SHARE	20	/* of them with an ioctl, and a thread for it */

static struct hop_stats stats;

static void between_runs(int nr)
{
	hop_stats_clear(&stats);
	hop_vm_between_runs(nr, default_hops(HOPS), hop_vm_check_tr, NULL, &stats);
	hop_stats_report(&stats);
}

static void during_runs(int nr)
{
	static u32 *before;

	SUBTEST_REQUIRE_GUARD();
	hop_stats_clear(&stats);
	before = host_state_hops(before);
	hop_vm_during_runs(nr, default_hops(HOPS), NULL, &stats);
	hop_stats_check_guarded(&stats, before);
	hop_stats_report(&stats);
}

static void *get_regs_where_it_was(void *data)
{
	struct hopper *h = data;
	struct kvm_regs regs;

	migrate_self(h->from);
	vcpu_regs_get(h->vcpu, &regs);
	return NULL;
}

/* A run, then KVM_GET_REGS on the CPU that the hop came from, and a run again. */
static enum hop_seen stop_around_ioctl(struct hopper *h)
{
	enum hop_seen seen = hopper_stop(h);
	pthread_t thread;

	if (seen == HOP_ENDED || h->from < 0)
		return seen;
	errno = pthread_create(&thread, NULL, get_regs_where_it_was, h);
	TEST_RESOURCE(!errno, "not enough threads");
	pthread_join(thread, NULL);
	return hopper_stop(h);
}

static void ioctl_elsewhere(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = vm_create_with_one_vcpu(&vcpu, guest_exit_for_ever);
	u64 hops = default_hops(HOPS), all = hop_plan_all();
	struct hopper *h;

	if (hops > all)
		hops = hops / IOCTL_SHARE > all ? hops / IOCTL_SHARE : all;
	hop_stats_clear(&stats);
	h = hoppers_alloc(&vcpu, 1, hops, test_options.seed, &stats);
	h->stop = stop_around_ioctl;
	h->check = hop_vm_check_tr;
	hopper_walk(h);
	hoppers_free(h, 1);
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
	between_runs(test_options.threads ?: hop_vm_vcpus());
}

static void several_vcpus_during_run(void)
{
	during_runs(test_options.threads ?: hop_vm_vcpus());
}

static const struct subtest subtests[] = {
	{ "hop_between_runs", hop_between_runs },
	{ "hop_during_run", hop_during_run },
	{ "several_vcpus", several_vcpus },
	{ "several_vcpus_during_run", several_vcpus_during_run },
	{ "ioctl_elsewhere", ioctl_elsewhere },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	TEST_REQUIRE(host_state_available(), "%s", host_state_why_not());
	TEST_REQUIRE(nr_allowed_cpus() > 1, "one CPU: nowhere to hop to");
	return test_run(subtests, ARRAY_SIZE(subtests));
}
