// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's task register while CPUs go offline and come back between the runs of
 * a guest.
 *
 * A CPU that goes takes KVM with it: VMX or SVM is turned off there, and every
 * VMCS that was last loaded on it is cleared.  When it comes back KVM sets it
 * up anew, and whatever is kept for each CPU must be that CPU's own.
 *
 * A thread that may run on that CPU only is moved by the kernel, to one that
 * nobody chose: it is found and verified there.
 */
#include <sched.h>

#include "cpu_hotplug.h"
#include "hop_vm.h"
#include "observer.h"

#define HOPS		400	/* of all_pairs_after; --hops sets it */

static struct hop_stats stats;
static struct kvm_vcpu *vcpu;
static int at;				/* where it ran last */

static void hop(int to)
{
	hop_once(vcpu, &at, to, hop_vm_check_tr, &stats);
}

static struct kvm_vm *begin(void)
{
	hop_stats_clear(&stats);
	at = allowed_cpu(0);
	return vm_create_with_one_vcpu(&vcpu, guest_exit_for_ever);
}

static void report(int offlined, int landed)
{
	test_count("offlined=%d landed=%d hops=%llu entries=%llu pairs=%d", offlined, landed,
		   stats.hops, host_state_entries(), hop_stats_pairs(&stats));
	if (!offlined || !stats.hops)
		subtest_inconclusive("%d CPUs offline, %llu verified hops", offlined, stats.hops);
}

/* The vCPU ran there last; its thread is elsewhere by then. */
static void offline_between_hops(void)
{
	struct kvm_vm *vm = begin();
	int offlined;

	for (offlined = 0; offlined < nr_hotplug_cpus(); offlined++) {
		int cpu = hotplug_cpu(offlined);

		hop(cpu);
		migrate_self(allowed_cpu(cpu == allowed_cpu(0)));
		if (!cpu_offline(cpu))
			break;
		for (int i = 0; i < nr_allowed_cpus(); i++)
			if (allowed_cpu(i) != cpu)
				hop(allowed_cpu(i));
		cpu_online(cpu);
		hop(cpu);
	}
	report(offlined, 0);
	kvm_vm_free(vm);
}

/* The thread sleeps, and may wake up nowhere else. */
static void own_cpu_between_runs(void)
{
	struct kvm_vm *vm = begin();
	int offlined, landed = 0;

	for (offlined = 0; offlined < nr_hotplug_cpus(); offlined++) {
		int cpu = hotplug_cpu(offlined);

		hop(cpu);
		if (!cpu_offline(cpu))
			break;
		/* Stay where the kernel put this thread. */
		hop(sched_getcpu());
		landed += at != cpu;
		cpu_online(cpu);
		hop(cpu);
	}
	report(offlined, landed);
	if (landed != offlined)
		subtest_fail("after %d of %d times the thread ran on a CPU that is offline",
			     offlined - landed, offlined);
	kvm_vm_free(vm);
}

/*
 * An interrupt that may go to one CPU only goes anywhere else when that CPU does, and
 * stays there.  hotplug_init() took every CPU away once, so what is compared is
 * this machine's settings from before the test.
 */
static void interrupts_come_back(void)
{
	char before[IRQ_CPUS], after[IRQ_CPUS];
	int cpu = hotplug_cpu(0), irq = irq_send_one_to(cpu, before);

	SUBTEST_REQUIRE(irq >= 0, "no interrupt can be sent to cpu %d", cpu);
	if (cpu_offline(cpu))
		cpu_online(cpu);
	hotplug_put_back();
	if (!irq_cpus(irq, after) || strcmp(before, after))
		subtest_fail("/proc/irq/%d/smp_affinity_list is %s, and was %s before", irq,
			     after, before);
	test_count("interrupts=1");
}

/* Everything is as it was, and works as it did. */
static void all_pairs_after(void)
{
	struct kvm_vm *vm = begin();

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
