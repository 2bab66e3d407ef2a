// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's state when a vCPU that has halted wakes up on another CPU.
 *
 * With its interrupt controller in the kernel a guest's HLT puts the thread to
 * sleep in the middle of KVM_RUN (kvm_vcpu_block).  It leaves the CPU of its own
 * accord: vcpu->preempted stays clear (kvm_sched_out), where host_preempt_test has
 * it set, and no ioctl ends, as between runs.  Here too the host's state must be
 * put back, and saved anew where the thread wakes up.
 *
 * The thread is moved while it sleeps, and only then is the guest's interrupt sent:
 * so what follows is an entry on the new CPU.  Who sends it: this process, or another
 * vCPU, whose own thread runs on the new CPU and leaves its state there.
 *
 * All of vmx_prepare_switch_to_host() has to be done when the thread falls asleep, and
 * nothing does it later.  So the thread has segments of its own, which it must find
 * again, and the CPU that it left must have its GDTR.
 */
#include <sched.h>

#include "halt_vm.h"
#include "hop_vm.h"
#include "observer.h"
#include "x86/desc_tables.h"
#include "x86/segments.h"

#define OWN_BASE	0x1f5000000000ULL

#define HOPS		2000	/* between runs would take the time; --hops sets it */
#define SHARE		20	/* of them are taken, and every pair of CPUs */

static struct hop_stats stats;
static u64 runs;			/* of the sleeper */

static void on_begin(struct hopper *h)
{
	(void)h;
	halt_vm_thread_begins();
	/* Nobody kicks this thread. */
	segs_block_signals();
}

/* From the CPU that KVM_RUN began on to the one that it ended on. */
static int run_and_look(struct hopper *h)
{
	struct user_segs got, want = {
		.ds = USER_DATA_SELECTOR, .es = USER_DATA_SELECTOR,
		.fs_base = OWN_BASE + runs * PAGE_SIZE,
		.gs_base = 2 * OWN_BASE + runs * PAGE_SIZE,
		.by_instruction = cpu_has_fsgsbase(),
	};
	int from = sched_getcpu(), to, ret;
	struct host_state hs;

	ret = segs_observe(h->vcpu->fd, host_state_fd(), &want, &got, &hs);
	to = sched_getcpu();
	runs++;
	if (!ret) {
		segs_check(&got, &want, to, from);
		segs_check_snapshot(&hs, &want, to, from);
	}
	if (!ret && from != to && host_state_check_tr(&hs, to, from) > 0)
		hop_stats_add(h->stats, from, to);
	halt_vm_run_ended();
	return ret;
}

/* The sleeper has left it and nobody runs a vCPU here: see desc_tables.c. */
static void look_where_it_sleeps(int cpu)
{
	struct host_state hs;

	migrate_self(cpu);
	host_state_snapshot(&hs);
	memset(hs.exit_loads.mask, 0, sizeof(hs.exit_loads.mask)); /* of a vCPU that was here */
	desc_tables_check(&hs, cpu, -1);
}

static void wake_elsewhere(void (*wake)(struct kvm_vm *vm, u64 nr, int cpu))
{
	struct hopper h = { .stats = &stats, .begin = on_begin, .run = run_and_look };
	u64 hops = hops_share(default_hops(HOPS), SHARE, hop_plan_all()), halted = 0, interrupts;
	struct kvm_vm *vm = halt_vm_create(&h.vcpu);
	static u32 *before;
	int at, to;

	hop_stats_clear(&stats);
	before = host_state_hops(before);
	hop_plan_init(&h.plan, test_options.seed, 0, 1);
	hop_time_begins();
	host_state_guest_value("KERNEL_GS_BASE", (int)h.vcpu->id, SLEEPER_GS_BASE, ~0ULL);
	at = hop_plan_first(&h.plan);
	hopper_start_run(&h, at);
	halt_vm_wait_for_run();		/* to its first GUEST_SYNC() */
	for (; halted < hops && hop_time_is_left(halted, (u64)h.plan.must); halted++, at = to) {
		to = hop_plan_next(&h.plan);
		test_progress("wake-up from HLT on cpu", to, (s64)halted);
		if (!halt_vm_wait(&h, halted + 1))
			break;
		look_where_it_sleeps(at);
		migrate_thread(h.thread, to);
		wake(vm, halted + 1, to);
		halt_vm_wait_for_run();
	}
	interrupts = halt_vm_stop(vm);
	hopper_join(&h);
	test_count("halts=%llu interrupts=%llu", halted, interrupts);
	hop_stats_check_guarded(&stats, before);
	hop_stats_report(&stats);
	hop_plan_free(&h.plan);
	kvm_vm_free(vm);
	migrate_restore();
}

static void wake_by_msi(struct kvm_vm *vm, u64 nr, int cpu)
{
	(void)cpu;
	halt_vm_wake_by_msi(vm, nr);
}

static void interrupt_of_the_host(void)
{
	wake_elsewhere(wake_by_msi);
}

static void interrupt_of_a_vcpu(void)
{
	wake_elsewhere(halt_vm_wake_by_ipi);
}

/*
 * In this order: SVM's save area of a CPU that never ran a vCPU is all zero, and with
 * a TR out of there not even the guard saves the host.
 */
static const struct subtest subtests[] = {
	{ "interrupt_of_a_vcpu", interrupt_of_a_vcpu },
	{ "interrupt_of_the_host", interrupt_of_the_host },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	host_state_require_guard();
	TEST_REQUIRE(nr_allowed_cpus() > 1, "one CPU: nowhere to hop to");
	TEST_REQUIRE(kvm_check_cap(KVM_CAP_SIGNAL_MSI), "no KVM_SIGNAL_MSI");
	host_state_user(true);
	return test_run(subtests, ARRAY_SIZE(subtests));
}
