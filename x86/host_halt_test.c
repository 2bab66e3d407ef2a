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
 */
#include <semaphore.h>
#include <sched.h>
#include <sys/syscall.h>

#include "hop_vm.h"
#include "observer.h"
#include "x86/processor.h"

#define HOPS		2000	/* between runs would take the time; --hops sets it */
#define SHARE		20	/* of them are taken, and every pair of CPUs */
#define WAKE_VECTOR	0x40
#define MSI_ADDRESS	0xfee00000U

#define MSR_APIC_BASE	0x1b
#define APIC_BASE_EXTD	BIT_ULL(10)	/* x2APIC: its registers are MSRs */
#define MSR_X2APIC_EOI	0x80b
#define MSR_X2APIC_SIVR	0x80f
#define APIC_ENABLE	0x1ff
#define MSR_X2APIC_ICR	0x830
#define ICR_ASSERT	BIT_ULL(14)

enum { SLEEPER, WAKER };		/* vCPUs, and their APICs */

static struct hop_stats stats;
static struct kvm_vcpu *waker;
static pid_t sleeper_tid;
static sem_t looked;			/* a run of the sleeper has ended */

/* The guest's copies count. */
static u64 halts, interrupts, awake, stop;

static void on_wake(struct ex_regs *regs)
{
	(void)regs;
	WRITE_ONCE(interrupts, interrupts + 1);
	wrmsr(MSR_X2APIC_EOI, 0);
}

static void enable_apic(void)
{
	wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | APIC_BASE_EXTD);
	wrmsr(MSR_X2APIC_SIVR, APIC_ENABLE);
}

/* An interrupt that nobody has sent it sleeps on over. */
static void halt_until_stopped(void)
{
	enable_apic();
	while (!READ_ONCE(stop)) {
		GUEST_SYNC(halts);
		WRITE_ONCE(halts, halts + 1);
		while (READ_ONCE(awake) < halts)
			asm volatile("sti\n\t"
				     "hlt\n\t"
				     "cli" : : : "memory");
	}
	GUEST_DONE();
}

static void send_for_ever(void)
{
	enable_apic();
	for (;;) {
		wrmsr(MSR_X2APIC_ICR, (u64)SLEEPER << 32 | ICR_ASSERT | WAKE_VECTOR);
		GUEST_SYNC(0);
	}
}

static void on_begin(struct hopper *h)
{
	(void)h;
	sleeper_tid = gettid();
}

/* From the CPU that KVM_RUN began on to the one that it ended on. */
static int run_and_look(struct hopper *h)
{
	int from = sched_getcpu(), ret = _vcpu_run(h->vcpu) ? -errno : 0;
	int to = sched_getcpu();

	if (!ret && from != to && hop_vm_check_tr(h->vcpu, from, to))
		hop_stats_add(h->stats, from, to);
	sem_post(&looked);
	return ret;
}

static void wait_for_look(void)
{
	while (sem_wait(&looked) && errno == EINTR)
		;
}

/*
 * Says "running" as long as the thread has a CPU, whatever its state is
 * (task_current_syscall); then the system call that it sleeps in.
 */
static bool sleeps_in_kvm_run(pid_t tid)
{
	unsigned long nr = 0, request = 0;
	char path[64], text[80] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", tid);
	file = fopen(path, "r");
	if (file && fgets(text, sizeof(text), file))
		sscanf(text, "%lu %*s %lx", &nr, &request);
	if (file)
		fclose(file);
	return nr == SYS_ioctl && request == KVM_RUN;
}

/* However long it polls before it sleeps (kvm.halt_poll_ns). */
static bool wait_for_halt(struct hopper *h, u64 nr)
{
	const u64 *halts_hva = guest_copy(h->vcpu->vm, halts);

	while (READ_ONCE(*halts_hva) < nr || !sleeps_in_kvm_run(sleeper_tid)) {
		if (READ_ONCE(h->ended))
			return false;
		usleep(100);
	}
	return true;
}

static void wake_by_msi(struct kvm_vm *vm, int cpu)
{
	struct kvm_msi msi = { .address_lo = MSI_ADDRESS | SLEEPER << 12, .data = WAKE_VECTOR };

	(void)cpu;
	TEST_ASSERT(ioctl(vm->fd, KVM_SIGNAL_MSI, &msi) > 0, "KVM_SIGNAL_MSI");
}

static void wake_by_ipi(struct kvm_vm *vm, int cpu)
{
	struct ucall uc;

	(void)vm;
	migrate_self(cpu);
	vcpu_run_to_ucall(waker, &uc);
}

static struct kvm_vm *make_vm(struct hopper *h)
{
	struct kvm_mp_state runnable = { .mp_state = KVM_MP_STATE_RUNNABLE };
	struct kvm_vm *vm = vm_create_with_apic(&h->vcpu, halt_until_stopped);

	vm_install_exception_handler(vm, WAKE_VECTOR, on_wake);
	waker = vm_vcpu_add(vm, WAKER, send_for_ever);
	/* Else it waits for a SIPI. */
	TEST_ASSERT_OK(ioctl(waker->fd, KVM_SET_MP_STATE, &runnable));
	return vm;
}

static void wake_elsewhere(void (*wake)(struct kvm_vm *vm, int cpu))
{
	struct hopper h = { .stats = &stats, .begin = on_begin, .run = run_and_look };
	u64 hops = default_hops(HOPS), all = hop_plan_all(), halted = 0;
	struct kvm_vm *vm = make_vm(&h);
	static u32 *before;

	if (hops > all)
		hops = hops / SHARE > all ? hops / SHARE : all;
	hop_stats_clear(&stats);
	before = host_state_hops(before);
	hop_plan_init(&h.plan, test_options.seed, 0, 1);
	hop_time_begins();
	TEST_ASSERT_OK(sem_init(&looked, 0, 0));
	hopper_start_run(&h, hop_plan_first(&h.plan));
	wait_for_look();		/* at its first GUEST_SYNC() */
	for (; halted < hops && hop_time_is_left(halted, (u64)h.plan.must); halted++) {
		int to = hop_plan_next(&h.plan);

		test_progress("wake-up from HLT on cpu", to, (s64)halted);
		if (!wait_for_halt(&h, halted + 1))
			break;
		migrate_thread(h.thread, to);
		WRITE_ONCE(*guest_copy(vm, awake), halted + 1);
		wake(vm, to);
		wait_for_look();
	}
	WRITE_ONCE(*guest_copy(vm, stop), 1);
	WRITE_ONCE(*guest_copy(vm, awake), ~0ULL);
	wake_by_msi(vm, -1);
	hopper_join(&h);
	test_count("halts=%llu interrupts=%llu", halted, *guest_copy(vm, interrupts));
	hop_stats_check_guarded(&stats, before);
	hop_stats_report(&stats);
	hop_plan_free(&h.plan);
	kvm_vm_free(vm);
	migrate_restore();
}

static void interrupt_of_the_host(void)
{
	wake_elsewhere(wake_by_msi);
}

static void interrupt_of_a_vcpu(void)
{
	wake_elsewhere(wake_by_ipi);
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
	return test_run(subtests, ARRAY_SIZE(subtests));
}
