// SPDX-License-Identifier: GPL-2.0-only
/*
 * The FPU state of a thread whose vCPU waits to be started.
 *
 * A vCPU with an APIC in the kernel, and not the boot one, waits for its INIT and its SIPI
 * in KVM_RUN (KVM_MP_STATE_UNINITIALIZED).  It enters no guest, but the guest's registers
 * are in the CPU for that time, and each way out has to bring back the thread's: a
 * KVM_RUN that is to end at once, a signal, and the INIT, after which KVM wants to be
 * called again.  KVM_GET_MP_STATE takes an INIT as well (kvm_apic_accept_events()), but
 * leaves the guest's registers where they are.
 *
 * All of these are there before the call, so none depends on time.
 */
#include <signal.h>
#include <sys/syscall.h>

#include "cpus.h"
#include "observer.h"
#include "x86/fpu_guest.h"
#include "x86/fpu_own.h"

#define WAITS		4	/* on each CPU */
#define AP		1	/* vCPU, and its APIC */
#define MSI_ADDRESS	(0xfee00000U | AP << 12)
#define MSI_INIT	0x500	/* a delivery mode */
#define GUEST_MXCSR	(MXCSR_DEFAULT | MXCSR_DAZ)

static sigset_t usr1;

/* It may take SIGUSR1 inside KVM_RUN, and nowhere else. */
static void allow_signal(struct kvm_vcpu *vcpu)
{
	struct {
		struct kvm_signal_mask head;
		u8 blocked[8];		/* as the kernel has it, not libc */
	} mask = { .head.len = sizeof(mask.blocked) };

	TEST_ASSERT_OK(ioctl(vcpu->fd, KVM_SET_SIGNAL_MASK, &mask));
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	TEST_ASSERT_OK(sigprocmask(SIG_BLOCK, &usr1, NULL));
}

static void load_and_exit(void)
{
	u32 mxcsr = GUEST_MXCSR;

	asm volatile("ldmxcsr %0" : : "m"(mxcsr));
	GUEST_SYNC(0);
}

static void set_state(struct kvm_vcpu *vcpu, u32 mp_state)
{
	struct kvm_mp_state state = { .mp_state = mp_state };

	TEST_ASSERT_OK(ioctl(vcpu->fd, KVM_SET_MP_STATE, &state));
}

/* It runs once, so that it has registers of its own: they outlive an INIT. */
static struct kvm_vcpu *make_vcpu(void)
{
	struct kvm_lapic_state apic;
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = vm_create_with_apic(&vcpu, load_and_exit);
	struct ucall uc;

	vcpu = vm_vcpu_add(vm, AP, load_and_exit);
	/* Else no message finds its APIC: KVM looks for it before the vCPU is one. */
	TEST_ASSERT_OK(ioctl(vcpu->fd, KVM_GET_LAPIC, &apic));
	TEST_ASSERT_OK(ioctl(vcpu->fd, KVM_SET_LAPIC, &apic));
	allow_signal(vcpu);
	host_state_guest_value("MXCSR", AP, GUEST_MXCSR, ~0ULL);
	set_state(vcpu, KVM_MP_STATE_RUNNABLE);
	TEST_ASSERT(vcpu_run_to_ucall(vcpu, &uc) == UCALL_SYNC, "a vCPU that is to wait");
	return vcpu;
}

static void end_at_once(struct kvm_vcpu *vcpu)
{
	vcpu->run->immediate_exit = 1;
}

static void end_by_signal(struct kvm_vcpu *vcpu)
{
	(void)vcpu;
	raise(SIGUSR1);
}

static void end_by_init(struct kvm_vcpu *vcpu)
{
	struct kvm_msi msi = { .address_lo = MSI_ADDRESS, .data = MSI_INIT };

	TEST_ASSERT(ioctl(vcpu->vm->fd, KVM_SIGNAL_MSI, &msi) > 0, "KVM_SIGNAL_MSI");
}

static void waits(void (*end)(struct kvm_vcpu *vcpu), unsigned long request, int error)
{
	const struct timespec at_once = { };
	struct kvm_mp_state state;
	struct kvm_vcpu *vcpu = make_vcpu();
	struct state_thread t = { .from = -1 };
	long ret;

	for (; t.runs < WAITS * (u64)nr_allowed_cpus(); t.runs++) {
		migrate_self(allowed_cpu((int)(t.runs / WAITS)));
		set_state(vcpu, KVM_MP_STATE_UNINITIALIZED);
		end(vcpu);
		test_progress("end of a wait", (s64)t.runs, -1);
		ret = fpu_own_call(&t, "behaviour", SYS_ioctl, vcpu->fd, (long)request,
				   request == KVM_RUN ? 0 : (long)&state);
		/* Some other signal is no failure. */
		TEST_ASSERT(ret == -error || ret == -EINTR, "the ioctl of an idle vCPU: %ld",
			    ret);
		sigtimedwait(&usr1, NULL, &at_once);
	}
	test_count("values=%llu", t.values);
	migrate_restore();
	kvm_vm_free(vcpu->vm);
}

static void ended_at_once(void)
{
	waits(end_at_once, KVM_RUN, EINTR);
}

static void ended_by_signal(void)
{
	waits(end_by_signal, KVM_RUN, EINTR);
}

static void ended_by_init(void)
{
	SUBTEST_REQUIRE(kvm_check_cap(KVM_CAP_SIGNAL_MSI), "no KVM_SIGNAL_MSI");
	waits(end_by_init, KVM_RUN, EAGAIN);
}

static void asked_for_its_state(void)
{
	SUBTEST_REQUIRE(kvm_check_cap(KVM_CAP_SIGNAL_MSI), "no KVM_SIGNAL_MSI");
	waits(end_by_init, KVM_GET_MP_STATE, 0);
}

static const struct subtest subtests[] = {
	{ "ended_at_once", ended_at_once },
	{ "ended_by_signal", ended_by_signal },
	{ "ended_by_init", ended_by_init },
	{ "asked_for_its_state", asked_for_its_state },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	fpu_own_init();
	return test_run(subtests, ARRAY_SIZE(subtests));
}
