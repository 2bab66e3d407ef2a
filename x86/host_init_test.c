// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's state when a vCPU takes an INIT.
 *
 * KVM sets up the vCPU anew then, inside KVM_RUN (kvm_vcpu_reset()): the guest's half of
 * it.  On VMX the host's half is in the same VMCS, and of FS and GS KVM writes there what
 * has changed since it last did (vmx_set_host_fs_gs()): what a reset cleared would stay.
 * And some of the guest's FPU state is cleared in memory, so it leaves the CPU for a
 * while, and comes back (kvm_xstate_reset(), where guests have CET).
 *
 * INIT, and the SIPI that starts the vCPU again, are MSIs of this process: KVM lets those
 * have any delivery mode.  Both are there when KVM_RUN begins.  The vCPU is not the boot
 * one, which would not wait for a SIPI, and what it runs is real mode code.
 */
#include <sched.h>
#include <sys/syscall.h>

#include "hop_vm.h"
#include "observer.h"
#include "x86/fpu_guest.h"
#include "x86/fpu_own.h"

#define HOPS		2000	/* between runs would take the time; --hops sets it */
#define SHARE		16	/* of them are taken, and every pair of CPUs */

#define AP		1	/* vCPU, and its APIC */
#define MSI_ADDRESS	(0xfee00000U | AP << 12)
#define MSI_INIT	0x500	/* delivery modes */
#define MSI_SIPI	0x600	/* to the page of that number: 0 is free */

#define GUEST_FCW	(FCW_MASKED | FCW_DOUBLE)

/* At address 0, where all segments begin. */
static const u8 real_mode[] = {
	0xdb, 0xe3,				/* fninit */
	0xd9, 0x2e, 0x0a, 0x00,			/* fldcw 0x0a */
	0xba, UCALL_PORT & 0xff, UCALL_PORT >> 8,	/* mov $UCALL_PORT, %dx */
	0xee,					/* out %al, %dx */
	GUEST_FCW & 0xff, GUEST_FCW >> 8,	/* 0x0a */
};

static struct state_thread thread;

static void send_msi(struct kvm_vm *vm, u32 data)
{
	struct kvm_msi msi = { .address_lo = MSI_ADDRESS, .data = data };

	TEST_ASSERT(ioctl(vm->fd, KVM_SIGNAL_MSI, &msi) > 0, "KVM_SIGNAL_MSI");
}

static struct kvm_vm *make_vm(struct kvm_vcpu **vcpu)
{
	struct kvm_mp_state runnable = { .mp_state = KVM_MP_STATE_RUNNABLE };
	struct kvm_vm *vm = vm_create_with_apic(vcpu, guest_exit_for_ever);
	struct kvm_lapic_state apic;

	memcpy(vm->mem, real_mode, sizeof(real_mode));
	*vcpu = vm_vcpu_add(vm, AP, guest_exit_for_ever);
	/* Else the first KVM_RUN takes both, and ends with EAGAIN: host_wait_test has that. */
	TEST_ASSERT_OK(ioctl((*vcpu)->fd, KVM_SET_MP_STATE, &runnable));
	/* Else no message finds its APIC: KVM looks for it before the vCPU is one. */
	TEST_ASSERT_OK(ioctl((*vcpu)->fd, KVM_GET_LAPIC, &apic));
	TEST_ASSERT_OK(ioctl((*vcpu)->fd, KVM_SET_LAPIC, &apic));
	host_state_guest_value("FCW", AP, GUEST_FCW, ~0ULL);
	return vm;
}

/* On each CPU twice: a HOST_GS_BASE that is another CPU's is written anyway. */
static enum hop_seen start_anew(struct hopper *h)
{
	const struct kvm_run *run = h->vcpu->run;

	for (int i = 0; i < 2; i++) {
		send_msi(h->vcpu->vm, MSI_INIT);
		send_msi(h->vcpu->vm, MSI_SIPI);
		vcpu_check_run(h->vcpu, (int)fpu_own_call(&thread, "behaviour", SYS_ioctl,
							  h->vcpu->fd, KVM_RUN, 0));
		if (run->exit_reason == KVM_EXIT_INTERNAL_ERROR &&
		    run->internal.suberror == KVM_INTERNAL_ERROR_EMULATION) {
			subtest_skip("KVM emulates real mode here, and knows no FLDCW");
			return HOP_ENDED;
		}
		if (run->exit_reason != KVM_EXIT_IO || run->io.port != UCALL_PORT) {
			subtest_fail("real mode code ended with exit reason %u", run->exit_reason);
			return HOP_ENDED;
		}
		thread.from = sched_getcpu();
		thread.runs++;
	}
	return hop_vm_check_tr(h->vcpu, h->from, h->cpu) ? HOP_VERIFIED : HOP_UNSEEN;
}

static void init_before_runs(void)
{
	u64 hops = hops_share(default_hops(HOPS), SHARE, hop_plan_all());
	struct hop_stats stats = { };
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = make_vm(&vcpu);
	struct hopper *h = hoppers_alloc(&vcpu, 1, hops, test_options.seed, &stats);

	thread = (struct state_thread) { .from = -1 };
	h->stop = start_anew;
	host_state_user(true);
	hopper_walk(h);
	host_state_user(false);
	test_count("runs=%llu values=%llu", thread.runs, thread.values);
	hop_stats_report(&stats);
	hoppers_free(h, 1);
	kvm_vm_free(vm);
}

static const struct subtest subtests[] = {
	{ "init_before_runs", init_before_runs },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	host_state_require_guard();
	TEST_REQUIRE(nr_allowed_cpus() > 1, "one CPU: nowhere to hop to");
	TEST_REQUIRE(kvm_check_cap(KVM_CAP_SIGNAL_MSI), "no KVM_SIGNAL_MSI");
	fpu_own_init();
	return test_run(subtests, ARRAY_SIZE(subtests));
}
