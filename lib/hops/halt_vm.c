// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VM with two vCPUs whose interrupt controllers are in the kernel: a sleeper, which
 * halts, and a waker, which sends it interrupts.
 */
#include <semaphore.h>

#include "child_vm.h"
#include "cpus.h"
#include "halt_vm.h"
#include "x86/processor.h"

#define WAKE_VECTOR	0x40
#define MSI_ADDRESS	0xfee00000U

enum { SLEEPER, WAKER };		/* vCPUs, and their APICs */

static struct kvm_vcpu *waker;
static pid_t sleeper_tid;
static sem_t runs_ended;		/* of the sleeper */

/* The guest's copies count. */
static u64 halts, interrupts, awake, stop;

static void on_wake(struct ex_regs *regs)
{
	(void)regs;
	WRITE_ONCE(interrupts, interrupts + 1);
	wrmsr(MSR_X2APIC_EOI, 0);
}

/* An interrupt that nobody has sent it sleeps on over. */
static void halt_until_stopped(void)
{
	x2apic_enable();
	wrmsr(MSR_KERNEL_GS_BASE, SLEEPER_GS_BASE);
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
	x2apic_enable();
	for (;;) {
		x2apic_send(SLEEPER, WAKE_VECTOR);
		GUEST_SYNC(0);
	}
}

/**
 * halt_vm_create() - a VM; @sleeper receives the vCPU that halts, again and again
 *
 * Its KERNEL_GS_BASE is SLEEPER_GS_BASE.  Before each HLT it calls GUEST_SYNC().
 */
struct kvm_vm *halt_vm_create(struct kvm_vcpu **sleeper)
{
	struct kvm_mp_state runnable = { .mp_state = KVM_MP_STATE_RUNNABLE };
	struct kvm_vm *vm = vm_create_with_apic(sleeper, halt_until_stopped);

	vm_install_exception_handler(vm, WAKE_VECTOR, on_wake);
	waker = vm_vcpu_add(vm, WAKER, send_for_ever);
	/* Else it waits for a SIPI. */
	TEST_ASSERT_OK(ioctl(waker->fd, KVM_SET_MP_STATE, &runnable));
	TEST_ASSERT_OK(sem_init(&runs_ended, 0, 0));
	return vm;
}

/** halt_vm_thread_begins() - first on the thread that runs the sleeper */
void halt_vm_thread_begins(void)
{
	sleeper_tid = gettid();
}

/** halt_vm_run_ended() - on the sleeper's thread: lets halt_vm_wait_for_run() return once */
void halt_vm_run_ended(void)
{
	sem_post(&runs_ended);
}

/** halt_vm_wait_for_run() - wait for one halt_vm_run_ended() */
void halt_vm_wait_for_run(void)
{
	while (sem_wait(&runs_ended) && errno == EINTR)
		;
}

/**
 * halt_vm_wait() - until the guest has halted, and its thread sleeps
 * @h: the hopper of the sleeper
 * @nr: which of its HLTs, from 1
 *
 * However long KVM polls before it sleeps (kvm.halt_poll_ns).  False: the guest ended.
 */
bool halt_vm_wait(const struct hopper *h, u64 nr)
{
	const u64 *halts_hva = guest_copy(h->vcpu->vm, halts);

	while (READ_ONCE(*halts_hva) < nr || !sleeps_in_kvm_run(sleeper_tid)) {
		if (READ_ONCE(h->ended))
			return false;
		usleep(100);
	}
	return true;
}

/** halt_vm_wake_by_msi() - end the @nr-th HLT by an interrupt of this process */
void halt_vm_wake_by_msi(struct kvm_vm *vm, u64 nr)
{
	struct kvm_msi msi = { .address_lo = MSI_ADDRESS | SLEEPER << 12, .data = WAKE_VECTOR };

	WRITE_ONCE(*guest_copy(vm, awake), nr);
	TEST_ASSERT(ioctl(vm->fd, KVM_SIGNAL_MSI, &msi) > 0, "KVM_SIGNAL_MSI");
}

/** halt_vm_wake_by_ipi() - the same by the waker, which the calling thread runs on @cpu */
void halt_vm_wake_by_ipi(struct kvm_vm *vm, u64 nr, int cpu)
{
	struct ucall uc;

	migrate_self(cpu);
	WRITE_ONCE(*guest_copy(vm, awake), nr);
	vcpu_run_to_ucall(waker, &uc);
}

/** halt_vm_stop() - let the sleeper end; returns how many interrupts it has taken */
u64 halt_vm_stop(struct kvm_vm *vm)
{
	WRITE_ONCE(*guest_copy(vm, stop), 1);
	halt_vm_wake_by_msi(vm, ~0ULL);
	return READ_ONCE(*guest_copy(vm, interrupts));
}
