// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's task register while CPUs go offline and come back.
 *
 * A CPU that goes takes KVM with it: VMX or SVM is turned off there, and every
 * VMCS that was last loaded on it is cleared.  When it comes back KVM sets it
 * up anew, and whatever is kept for each CPU must be that CPU's own.
 *
 * A thread that may run on that CPU only is moved by the kernel, to one that
 * nobody chose, be it asleep or inside KVM_RUN: it is found and verified there.
 */
#include <sched.h>

#include "cpu_hotplug.h"
#include "hop_vm.h"
#include "observer.h"

#define HOPS		400	/* of all_pairs_after; --hops sets it */
#define THREADS		3
#define RUNS		60	/* of all threads while a CPU is away, and when it is back */

static struct hop_stats stats;
static u64 offlined, landed;

static bool offline(int cpu)
{
	if (!cpu_offline(cpu))
		return false;
	offlined++;
	return true;
}

/* Run the vCPU once on CPU @to, which is online; returns @to. */
static int hop(struct kvm_vcpu *vcpu, int from, int to)
{
	struct ucall uc;

	migrate_self(to);
	if (vcpu_run_to_ucall(vcpu, &uc) == UCALL_SYNC && hop_vm_check_tr(vcpu, from, to) &&
	    from != to)
		hop_stats_add(&stats, from, to);
	return to;
}

static void begin(void)
{
	hop_stats_clear(&stats);
	offlined = 0;
	landed = 0;
}

static void report(void)
{
	test_count("offlined=%llu landed=%llu hops=%llu entries=%llu pairs=%d", offlined,
		   landed, stats.hops, host_state_entries(), hop_stats_pairs(&stats));
	if (!offlined || !stats.hops)
		subtest_inconclusive("%llu CPUs offline, %llu verified hops", offlined, stats.hops);
}

/* The vCPU ran there last; its thread is elsewhere by then. */
static void offline_between_hops(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = vm_create_with_one_vcpu(&vcpu, guest_exit_for_ever);
	int at = allowed_cpu(0);

	begin();
	for (int v = 0; v < nr_hotplug_cpus(); v++) {
		int cpu = hotplug_cpu(v);

		at = hop(vcpu, at, cpu);
		migrate_self(allowed_cpu(cpu == allowed_cpu(0)));
		if (!offline(cpu))
			break;
		for (int i = 0; i < nr_allowed_cpus(); i++)
			if (allowed_cpu(i) != cpu)
				at = hop(vcpu, at, allowed_cpu(i));
		cpu_online(cpu);
		at = hop(vcpu, at, cpu);
	}
	report();
	kvm_vm_free(vm);
}

/* The thread sleeps, and may wake up nowhere else. */
static void own_cpu_between_runs(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = vm_create_with_one_vcpu(&vcpu, guest_exit_for_ever);
	int at = allowed_cpu(0);

	begin();
	for (int v = 0; v < nr_hotplug_cpus(); v++) {
		int cpu = hotplug_cpu(v);

		at = hop(vcpu, at, cpu);
		if (!offline(cpu))
			break;
		/* Stay where the kernel put this thread. */
		at = hop(vcpu, at, sched_getcpu());
		landed += at != cpu;
		cpu_online(cpu);
		at = hop(vcpu, at, cpu);
	}
	report();
	if (landed != offlined)
		subtest_fail("after %llu of %llu times the thread ran on a CPU that is offline",
			     offlined - landed, offlined);
	kvm_vm_free(vm);
}

/* Where the guard saw the only vCPU enter next after CPU @from, or -1. */
static int entered_after(int from, const u32 *before)
{
	static u32 *after;

	after = host_state_hops(after);
	for (int cpu = 0; cpu < nr_cpu_ids(); cpu++)
		if (after[hop_index(from, cpu)] != before[hop_index(from, cpu)])
			return cpu;
	return -1;
}

static void own_cpu_during_run(void)
{
	static u32 *before;
	struct hopper h = { .stats = &stats };
	struct kvm_vm *vm;
	bool running;

	SUBTEST_REQUIRE(host_state_guard_mode() != HOST_STATE_GUARD_OFF,
			"the guard is off: nothing looks at the host during a run");
	begin();
	vm = vm_create_with_one_vcpu(&h.vcpu, guest_count_until_stopped);
	h.round = hop_vm_round(vm, 0);
	hopper_start_run(&h, allowed_cpu(0));
	running = hopper_round(&h);
	for (int v = 0; v < nr_hotplug_cpus() && running; v++) {
		int cpu = hotplug_cpu(v), to;

		running = hopper_move(&h, cpu);
		before = host_state_hops(before);
		if (!offline(cpu))
			break;
		/* The guard counts a hop at the exit that follows: bring it about. */
		hopper_kick(&h);
		running &= hopper_round(&h);
		/* It left that CPU once; from there on it may have gone further. */
		to = entered_after(cpu, before);
		if (to >= 0) {
			hop_stats_add(&stats, cpu, to);
			landed++;
			h.cpu = -1;
		}
		cpu_online(cpu);
		running &= hopper_move(&h, cpu);
	}
	WRITE_ONCE(*hop_vm_stop(vm), 1);
	hopper_join(&h);
	report();
	if (landed != offlined)
		subtest_inconclusive("%llu CPUs offline, %llu vCPUs found elsewhere", offlined,
				     landed);
	kvm_vm_free(vm);
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

/* Until they did so many more stops, all together, or one guest ended. */
static void wait_for_stops(const struct hopper *hoppers, u64 nr)
{
	u64 stops, goal = 0;
	bool ended = false;

	do {
		stops = 0;
		for (int i = 0; i < THREADS; i++) {
			stops += READ_ONCE(hoppers[i].stops);
			ended |= READ_ONCE(hoppers[i].ended);
		}
		goal = goal ?: stops + nr;
		sched_yield();
	} while (stops < goal && !ended);
}

static void offline_during_hops(void)
{
	struct kvm_vm *vm = vm_create(VM_DEFAULT_MEM);
	struct kvm_vcpu *vcpus[THREADS];
	struct hopper *hoppers;

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
	for (int v = 0; v < nr_hotplug_cpus(); v++) {
		wait_for_stops(hoppers, RUNS);
		if (!offline(hotplug_cpu(v)))
			break;
		wait_for_stops(hoppers, RUNS);
		cpu_online(hotplug_cpu(v));
	}
	wait_for_stops(hoppers, RUNS);
	WRITE_ONCE(hopper_stopped, true);
	for (int i = 0; i < THREADS; i++)
		hopper_join(&hoppers[i]);
	hoppers_free(hoppers, THREADS);
	report();
	kvm_vm_free(vm);
}

static bool read_affinity(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "r");
	bool ok = file && fgets(text, (int)size, file);

	if (file)
		fclose(file);
	return ok;
}

static bool write_affinity(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	bool ok = file && fputs(text, file) >= 0;

	/* What the kernel refuses comes out when it is flushed. */
	if (file)
		ok = !fclose(file) && ok;
	return ok;
}

/*
 * An interrupt that may go to one CPU only goes anywhere else when that CPU does, and
 * stays there.  hotplug_init() took every CPU away once, so what is compared is
 * this machine's settings from before the test.
 */
static void interrupts_come_back(void)
{
	char path[64], before[256], after[256], one[16];
	int cpu = hotplug_cpu(0), nr = 0;

	offlined = 0;
	snprintf(one, sizeof(one), "%d\n", cpu);
	for (int irq = 0; irq < 256 && !nr; irq++) {
		snprintf(path, sizeof(path), "/proc/irq/%d/smp_affinity_list", irq);
		if (!read_affinity(path, before, sizeof(before)) || !strcmp(before, one) ||
		    !write_affinity(path, one))
			continue;
		nr++;
		if (offline(cpu))
			cpu_online(cpu);
		hotplug_put_back();
		if (!read_affinity(path, after, sizeof(after)) || strcmp(before, after))
			subtest_fail("%s is %.*s, and was %.*s before", path,
				     (int)strcspn(after, "\n"), after,
				     (int)strcspn(before, "\n"), before);
	}
	test_count("interrupts=%d offlined=%llu", nr, offlined);
	if (!nr)
		subtest_skip("no interrupt can be sent to cpu %d", cpu);
}

/* Everything is as it was, and works as it did. */
static void all_pairs_after(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = vm_create_with_one_vcpu(&vcpu, guest_exit_for_ever);

	begin();
	for (int i = 0; i < nr_allowed_cpus(); i++)
		if (!migrate_is_allowed(allowed_cpu(i)))
			subtest_fail("cpu %d is not allowed any more", allowed_cpu(i));
	migrate_between_runs(vcpu, default_hops(HOPS), test_options.seed, hop_vm_check_tr, &stats);
	hop_stats_report(&stats);
	kvm_vm_free(vm);
}

static const struct subtest subtests[] = {
	{ "offline_between_hops", offline_between_hops },
	{ "own_cpu_between_runs", own_cpu_between_runs },
	{ "own_cpu_during_run", own_cpu_during_run },
	{ "offline_during_hops", offline_during_hops },
	{ "interrupts_come_back", interrupts_come_back },
	{ "all_pairs_after", all_pairs_after },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	TEST_REQUIRE(host_state_available(), "%s", host_state_why_not());
	TEST_REQUIRE(nr_allowed_cpus() > 1, "one CPU: nowhere to hop to");
	TEST_REQUIRE_DISRUPTIVE("it takes CPUs offline");
	hotplug_init();
	return test_run(subtests, ARRAY_SIZE(subtests));
}
