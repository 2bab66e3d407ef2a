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
#include "hop_vm.h"
#include "observer.h"
#include "x86/segments.h"

#define HOPS		400	/* each with a run for each kind of segments */

#define BASES		(BIT_ULL(SEGS_BY_INSTRUCTION) | BIT_ULL(SEGS_BY_SYSCALL))
#define SELECTORS	(BIT_ULL(SEGS_FS_IN_LDT) | BIT_ULL(SEGS_GS_IN_LDT))

/* That the test and this kernel agree, as long as KVM has done nothing. */
static void without_guest(void)
{
	segs_hop(1, (u64)nr_cpu_pairs(), false, segs_kinds(BASES | SELECTORS), 0);
}

static void fs_gs_bases(void)
{
	segs_hop(1, default_hops(HOPS), true, segs_kinds(BASES), 0);
}

static void ldt_and_tls_selectors(void)
{
	SUBTEST_REQUIRE(segs_kinds(SELECTORS),
			"needs modify_ldt() (MODIFY_LDT_SYSCALL) and, on VMX, FSGSBASE");
	segs_hop(1, default_hops(HOPS), true, segs_kinds(SELECTORS), 0);
}

static void several_threads(void)
{
	segs_hop(hop_vm_vcpus(), default_hops(HOPS), true, segs_kinds(BASES | SELECTORS), 0);
}

/* Each call follows a run on the same CPU. */
static void calls_of_32_bit_code(enum compat_entry entry)
{
	const char *why_not = compat_why_not(entry);

	SUBTEST_REQUIRE(!why_not, "%s", why_not);
	segs_hop(hop_vm_vcpus(), default_hops(HOPS), true, BIT_ULL(SEGS_BY_SYSCALL),
		 BIT_ULL(entry));
}

static void int80_of_32_bit_code(void)
{
	calls_of_32_bit_code(COMPAT_INT80);
}

static void fast_call_of_32_bit_code(void)
{
	calls_of_32_bit_code(compat_fast_entry());
}

static const struct subtest subtests[] = {
	{ "without_guest", without_guest },
	{ "fs_gs_bases", fs_gs_bases },
	{ "ldt_and_tls_selectors", ldt_and_tls_selectors },
	{ "several_threads", several_threads },
	{ "int80_of_32_bit_code", int80_of_32_bit_code },
	{ "fast_call_of_32_bit_code", fast_call_of_32_bit_code },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	TEST_REQUIRE(nr_allowed_cpus() > 1, "one CPU: nowhere to hop to");
	return test_run(subtests, ARRAY_SIZE(subtests));
}
