// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's task register when a CPU goes offline under a guest that runs there.
 *
 * The kernel pushes the thread off in the middle of KVM_RUN, to a CPU that nobody
 * chose, while KVM is still on at the old one and about to be turned off.  The
 * vCPU has to be found and verified wherever it went.
 */
#include "cpu_hotplug.h"
#include "hop_vm.h"
#include "observer.h"

#define THREADS		3
#define RUNS		60	/* of all threads while a CPU is away, and when it is back */

static struct hop_stats stats;
static u64 landed;

static void begin(void)
{
	hop_stats_clear(&stats);
	landed = 0;
}

static void report(int offlined)
{
	test_count("offlined=%d landed=%llu hops=%llu entries=%llu pairs=%d", offlined, landed,
		   stats.hops, host_state_entries(), hop_stats_pairs(&stats));
	if (!offlined || !stats.hops)
		subtest_inconclusive("%d CPUs offline, %llu verified hops", offlined, stats.hops);
}

/* Take away the CPU that the vCPU is on; returns false where that refuses. */
static bool pull_away(struct hopper *h, bool *running)
{
	static u32 *before;
	int cpu = h->cpu, to;

	before = host_state_hops(before);
	if (!cpu_offline(cpu))
		return false;
	/*
	 * The guard counts a hop at the exit that follows its entry: see that the guest
	 * has run elsewhere, and only then bring that exit about.
	 */
	*running &= hopper_round(h) && hopper_interrupt(h);
	/* It left that CPU once; from there on it may have gone further. */
	to = host_state_entered_after(cpu, before);
	if (to >= 0) {
		hop_stats_add(&stats, cpu, to);
		landed++;
		h->cpu = -1;
	}
	cpu_online(cpu);
	return true;
}

static void own_cpu_during_run(void)
{
	struct hopper h = { .stats = &stats };
	bool running;
	int offlined;

	SUBTEST_REQUIRE_GUARD();
	begin();
	running = hop_vm_start_run(&h, allowed_cpu(0));
	for (offlined = 0; offlined < nr_hotplug_cpus() && running; offlined++) {
		running = hopper_move(&h, hotplug_cpu(offlined));
		if (!running || !pull_away(&h, &running))
			break;
		running &= hopper_move(&h, hotplug_cpu(offlined));
	}
	hop_vm_end_run(&h);
	report(offlined);
	if (landed != (u64)offlined)
		subtest_inconclusive("%d CPUs offline, %llu vCPUs found elsewhere", offlined,
				     landed);
	kvm_vm_free(h.vcpu->vm);
}

/*
 * The CPU may have gone before, in or after that run, with the thread moved to
 * any other: whichever it is, its TR is right.
 */
static enum hop_seen stop_anywhere(struct hopper *h)
{
	int sent_to = h->cpu;
	struct host_state hs;
	struct ucall uc;

	if (vcpu_run_to_ucall(h->vcpu, &uc) != UCALL_SYNC)
		return HOP_ENDED;
	host_state_snapshot(&hs);
	h->cpu = (int)hs.cpu;
	if (h->cpu != sent_to)
		__atomic_add_fetch(&landed, 1, __ATOMIC_RELAXED);
	return host_state_check_tr(&hs, h->cpu, h->from) ? HOP_VERIFIED : HOP_UNSEEN;
}

static void offline_during_hops(void)
{
	struct kvm_vm *vm = vm_create(VM_DEFAULT_MEM);
	struct kvm_vcpu *vcpus[THREADS];
	struct hopper *hoppers;
	int offlined;

	begin();
	for (u32 i = 0; i < THREADS; i++)
		vcpus[i] = vm_vcpu_add(vm, i, guest_exit_for_ever);
	hoppers = hoppers_alloc(vcpus, THREADS, 0, test_options.seed, &stats);
	for (int i = 0; i < THREADS; i++) {
		hoppers[i].hops = 0;
		hoppers[i].stop = stop_anywhere;
		hoppers[i].may_be_offline = true;
		hopper_start(&hoppers[i]);
	}
	for (offlined = 0; offlined < nr_hotplug_cpus(); offlined++) {
		hoppers_wait(hoppers, THREADS, RUNS);
		if (!cpu_offline(hotplug_cpu(offlined)))
			break;
		hoppers_wait(hoppers, THREADS, RUNS);
		cpu_online(hotplug_cpu(offlined));
	}
	hoppers_wait(hoppers, THREADS, RUNS);
	hoppers_stop(hoppers, THREADS);
	report(offlined);
	kvm_vm_free(vm);
}

static const struct subtest subtests[] = {
	{ "own_cpu_during_run", own_cpu_during_run },
	{ "offline_during_hops", offline_during_hops },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	TEST_REQUIRE(host_state_available(), "%s", host_state_why_not());
	TEST_REQUIRE(nr_allowed_cpus() > 1, "one CPU: nowhere to hop to");
	TEST_REQUIRE_DISRUPTIVE("it takes CPUs offline");
	hotplug_init();
	host_state_user(true);
	return test_run(subtests, ARRAY_SIZE(subtests));
}
