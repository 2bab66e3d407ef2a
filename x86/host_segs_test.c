// SPDX-License-Identifier: GPL-2.0-only
/*
 * The segments and system call MSRs of the host's user mode after VM exits.
 *
 * A thread loads FS, GS, DS and ES with values of its own, runs a vCPU, and
 * must find them again: as user mode sees them, and as the CPU holds them.  VM
 * entry refuses selectors with RPL or TI set (SDM volume 3, 27.2.3), and the
 * user's GS base is in KERNEL_GS_BASE, which the guest uses too; so KVM restores
 * these by hand or with VMLOAD, at other places than everything else.
 *
 * The system call MSRs are used as well: by 32-bit code, whose ways into the
 * kernel (SYSENTER on Intel, SYSCALL with CSTAR on AMD) nothing else here takes.
 */
#include "cpus.h"
#include "hop_vm.h"
#include "observer.h"
#include "x86/nested.h"
#include "x86/processor.h"
#include "x86/segments.h"

#define HOPS		400	/* each with a run for each kind of segments */
#define LDT_CHANGES	16

#define BASES		(BIT_ULL(SEGS_BY_INSTRUCTION) | BIT_ULL(SEGS_BY_SYSCALL))
#define SELECTORS	(BIT_ULL(SEGS_FS_IN_LDT) | BIT_ULL(SEGS_GS_IN_LDT))
#define TLS		(BIT_ULL(SEGS_FS_IN_TLS) | BIT_ULL(SEGS_GS_IN_TLS))

/*
 * KVM on VMX restores LDTR and GS in one go, so a process with an LDT hides that GS
 * is forgotten.  It cannot give its LDT back: this comes first.
 */
static void tls_selectors_without_ldt(void)
{
	TEST_ASSERT(!ldt_exists(), "there is an LDT before the first subtest");
	SUBTEST_REQUIRE(segs_kinds(TLS),
			"needs 32-bit system calls (IA32_EMULATION) and, on VMX, FSGSBASE");
	segs_hop(1, default_hops(HOPS), guest_exit_for_ever, segs_kinds(TLS), 0);
	TEST_ASSERT(!ldt_exists(), "there is an LDT after this subtest");
}

/* That the test and this kernel agree, as long as KVM has done nothing. */
static void without_guest(void)
{
	segs_hop(1, (u64)nr_cpu_pairs(), NULL, segs_kinds(BASES | SELECTORS | TLS), 0);
}

static void fs_gs_bases(void)
{
	segs_hop(1, default_hops(HOPS), guest_exit_for_ever, segs_kinds(BASES), 0);
}

static void ldt_and_tls_selectors(void)
{
	SUBTEST_REQUIRE(segs_kinds(SELECTORS),
			"needs modify_ldt() (MODIFY_LDT_SYSCALL) and, on VMX, FSGSBASE");
	segs_hop(1, default_hops(HOPS), guest_exit_for_ever, segs_kinds(SELECTORS), 0);
}

/* What a run that began in L1 saved is restored where it ends in L2, and back. */
static void l1_and_l2_in_turn(void)
{
	SUBTEST_REQUIRE(nested_supported(), "KVM's module is not loaded with nested=1");
	segs_hop_nested(default_hops(HOPS),
			segs_kinds(BASES | SELECTORS | BIT_ULL(SEGS_FS_IN_TLS)));
}

static void several_threads(void)
{
	segs_hop(hop_vm_vcpus(), default_hops(HOPS), guest_exit_for_ever,
		 segs_kinds(BASES | SELECTORS), 0);
}

/* KERNEL_GS_BASE is the guest's while its state is loaded, whatever mode it is in. */
static void guest_leaves_long_mode(void)
{
	host_state_guest_value("KERNEL_GS_BASE", 0, TOGGLER_GS_BASE, ~0ULL);
	segs_hop(1, default_hops(HOPS), guest_toggle_long_mode, segs_kinds(BASES), 0);
}

/* Each call follows a run on the same CPU. */
static void calls_of_32_bit_code(enum compat_entry entry)
{
	const char *why_not = compat_why_not(entry);

	SUBTEST_REQUIRE(!why_not, "%s", why_not);
	segs_hop(hop_vm_vcpus(), default_hops(HOPS), guest_exit_for_ever,
		 BIT_ULL(SEGS_BY_SYSCALL), BIT_ULL(entry));
}

static void int80_of_32_bit_code(void)
{
	calls_of_32_bit_code(COMPAT_INT80);
}

static void fast_call_of_32_bit_code(void)
{
	calls_of_32_bit_code(compat_fast_entry());
}

/*
 * modify_ldt() of one thread gives all CPUs that run the process the new LDT, by an
 * interrupt.  On SVM the exits of a run that began before that restore the old LDTR:
 * KVM saves the host's state once, when it first loads the vCPU.
 */
static void ldt_changed_during_run(void)
{
	struct hopper h = { };
	static u64 word = 0x1d7;	/* static: below 4 GiB, as it has to be */
	bool running;

	SUBTEST_REQUIRE(ldt_supported(), "no modify_ldt(): the kernel has no MODIFY_LDT_SYSCALL");
	SUBTEST_REQUIRE_GUARD();
	if (kvm_vendor() == HOST_STATE_SVM)
		host_state_known_bug("LDTR_",
				     "KVM on SVM restores the LDTR from when KVM_RUN began");
	running = hop_vm_start_run(&h, allowed_cpu(0));
	migrate_self(allowed_cpu(1));
	for (int i = 0; i < LDT_CHANGES && running; i++) {
		test_progress("change of the LDT", i, -1);
		if (i % 2)
			ldt_clear(0);
		else
			ldt_set(0, &word, sizeof(word));
		running = hopper_round(&h);
	}
	hop_vm_end_run(&h);
	ldt_clear(0);
	test_count("changes=%d entries=%llu", LDT_CHANGES, host_state_entries());
	kvm_vm_free(h.vcpu->vm);
}

static const struct subtest subtests[] = {
	{ "tls_selectors_without_ldt", tls_selectors_without_ldt },
	{ "without_guest", without_guest },
	{ "fs_gs_bases", fs_gs_bases },
	{ "ldt_and_tls_selectors", ldt_and_tls_selectors },
	{ "l1_and_l2_in_turn", l1_and_l2_in_turn },
	{ "several_threads", several_threads },
	{ "guest_leaves_long_mode", guest_leaves_long_mode },
	{ "ldt_changed_during_run", ldt_changed_during_run },
	{ "int80_of_32_bit_code", int80_of_32_bit_code },
	{ "fast_call_of_32_bit_code", fast_call_of_32_bit_code },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	TEST_REQUIRE(nr_allowed_cpus() > 1, "one CPU: nowhere to hop to");
	return test_run(subtests, ARRAY_SIZE(subtests));
}
