// SPDX-License-Identifier: GPL-2.0-only
/*
 * XCR0, XSS and PKRU, which KVM writes around each entry of a guest whose own differ.
 *
 * XCR0 and XSS say which of a thread's registers XSAVES and XRSTORS take: with the
 * guest's the kernel loses some of them at the next switch.  When KVM restores them it
 * looks at what the guest has, by CPUID and in CR4, and at how it got there; and each
 * condition has to be the same as before the entry.
 */
#include <sys/syscall.h>

#include "hop_vm.h"
#include "observer.h"
#include "state_hop.h"
#include "x86/fpu_own.h"
#include "x86/switched_msrs.h"
#include "x86/user_state.h"

#define AGAIN		20	/* runs on each CPU */

#define NOBODYS_APIC	0x77
#define PKRU_OF_SENDER	0x2ae570a4U
#define CPUID_XSAVE	0xd
#define XSAVES		BIT_ULL(3)	/* of its subleaf 1, EAX */

/* The guest's copies count. */
static u64 guest_cr4;
static u64 guest_xcr0;		/* 0: as after reset, XCR0_FP */

static void run_on_each_cpu(struct kvm_vm *vm, struct kvm_vcpu *vcpu)
{
	u64 runs = AGAIN * (u64)nr_allowed_cpus();
	struct state_thread t = { .from = -1 };
	struct ucall uc;
	long ret;

	sync_global_to_guest(vm, guest_cr4);
	sync_global_to_guest(vm, guest_xcr0);
	host_state_user(true);
	for (; t.runs < runs; t.runs++) {
		migrate_self(allowed_cpu((int)(t.runs / AGAIN)));
		test_progress("run", (s64)t.runs, -1);
		do {
			ret = fpu_own_call(&t, "behaviour", SYS_ioctl, vcpu->fd, KVM_RUN, 0);
		} while (ret == -EINTR);
		vcpu_check_run(vcpu, (int)ret);
		if (vcpu_ucall(vcpu, &uc) != UCALL_SYNC)
			break;
	}
	host_state_user(false);
	test_count("values=%llu", t.values);
	migrate_restore();
	kvm_vm_free(vm);
}

/* KVM sends an interrupt before it handles any other exit, and enters again at once. */
static void send_and_exit(void)
{
	x2apic_enable();
	set_cr4(get_cr4() | guest_cr4);
	for (;;) {
		if (guest_cr4 & X86_CR4_PKE)
			wrpkru(PKRU_OF_SENDER);
		x2apic_send(NOBODYS_APIC, 0x40);
		GUEST_SYNC(0);
	}
}

/* The exit after the one that was handled so restores as much (vcpu_enter_guest()). */
static void entered_again(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm;

	guest_cr4 = (guests_have_xsave() ? X86_CR4_OSXSAVE : 0) |
		    (guest_cpuid(7, 0, 2) >> 3 & 1 ? X86_CR4_PKE : 0);
	SUBTEST_REQUIRE(guest_cr4, "KVM gives guests neither XSAVE nor PKU");
	host_state_guest_value("XCR0", 0, XCR0_FP, ~0ULL);
	host_state_guest_value("PKRU", 0, PKRU_OF_SENDER, ~0ULL);
	vm = vm_create_with_apic(&vcpu, send_and_exit);
	run_on_each_cpu(vm, vcpu);
}

static void exit_with_xsave(void)
{
	set_cr4(get_cr4() | guest_cr4);
	if (guest_xcr0)
		xsetbv(0, guest_xcr0);
	guest_exit_for_ever();
}

/* A guest with XSAVE and less of what else there is: leaf 0xd of CPUID, but for @hidden. */
static void exits_with_less(u32 field, const struct kvm_cpuid_entry2 hidden)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm;

	SUBTEST_REQUIRE_GUARD();
	SUBTEST_REQUIRE(field == HS_XCR0 || host_state_can_compare(field),
			"XSS is compared nowhere on this CPU");
	SUBTEST_REQUIRE(guests_have_xsave(), "KVM gives guests no XSAVE");
	guest_cr4 = X86_CR4_OSXSAVE;
	vm = vm_create_with_one_vcpu(&vcpu, exit_with_xsave);
	vcpu_hide_cpuid(vcpu, &hidden);
	run_on_each_cpu(vm, vcpu);
	host_state_must_compare(field);
}

/* XCR0 says all that it may have, and less than the host's. */
static void with_all_of_less(void)
{
	guest_xcr0 = XCR0_FP | XCR0_SSE;
	host_state_guest_value("XCR0", 0, guest_xcr0, ~0ULL);
	exits_with_less(HS_XCR0, (struct kvm_cpuid_entry2) {
		.function = CPUID_XSAVE, .eax = (u32)~guest_xcr0, .edx = ~0U,
	});
	guest_xcr0 = 0;
}

/* It has no XSS, and on VMX KVM leaves the CPU the host's while it runs. */
static void without_xsaves(void)
{
	exits_with_less(HS_XSS, (struct kvm_cpuid_entry2) {
		.function = CPUID_XSAVE, .index = 1, .eax = XSAVES,
	});
}

/* Its XSS is 0, and can be nothing else. */
static void without_states_of_xss(void)
{
	exits_with_less(HS_XSS, (struct kvm_cpuid_entry2) {
		.function = CPUID_XSAVE, .index = 1, .ecx = ~0U,
	});
}

static const struct subtest subtests[] = {
	{ "entered_again", entered_again },
	{ "with_all_of_less", with_all_of_less },
	{ "without_xsaves", without_xsaves },
	{ "without_states_of_xss", without_states_of_xss },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	fpu_own_init();
	return test_run(subtests, ARRAY_SIZE(subtests));
}
