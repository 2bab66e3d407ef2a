// SPDX-License-Identifier: GPL-2.0-only
/*
 * State that few CPUs have, and of the emulators at most one: that the guard reads and
 * compares it where it is there, at the place that include/host_state_table.h tells.
 * That a difference would be named is shown by compare_test.
 */
#include "hop_vm.h"
#include "observer.h"

#define HOPS	200		/* --hops sets it */

/* On every CPU, plain VM exits and returns to user mode; @lacks says who skips. */
static void must_compare(u32 field, const char *lacks)
{
	static struct hop_stats stats;

	SUBTEST_REQUIRE(host_state_has(host_state_baseline(allowed_cpu(0))->cpu_holds.mask, field),
			"%s", lacks);
	hop_stats_clear(&stats);
	host_state_user(true);
	hop_vm_between_runs(1, default_hops(HOPS), hop_vm_check_tr, NULL, &stats);
	host_state_user(false);
	hop_stats_report(&stats);
	host_state_must_compare(field);
}

static void debugctl(void)
{
	must_compare(HS_DEBUGCTL, "no DEBUGCTL");
}

static void debug_address_masks(void)
{
	must_compare(HS_DR0_ADDR_MASK, "this CPU has no BPEXT");
}

static void mcu_opt_ctrl(void)
{
	SUBTEST_REQUIRE(kvm_vendor() == HOST_STATE_VMX, "KVM switches MCU_OPT_CTRL on VMX alone");
	must_compare(HS_MCU_OPT_CTRL, "this CPU has no FB_CLEAR_CTRL");
}

static void tsx_ctrl(void)
{
	must_compare(HS_TSX_CTRL, "this CPU has no TSX_CTRL");
}

static void xss(void)
{
	must_compare(HS_XSS, "this CPU has no XSAVES");
}

static void xfd(void)
{
	must_compare(HS_XFD, "this CPU has no XFD");
}

static void fred(void)
{
	must_compare(HS_FRED_CONFIG, "this host does not take its events by FRED");
}

static const struct subtest subtests[] = {
	{ "debugctl", debugctl },
	{ "debug_address_masks", debug_address_masks },
	{ "mcu_opt_ctrl", mcu_opt_ctrl },
	{ "tsx_ctrl", tsx_ctrl },
	{ "xss", xss },
	{ "xfd", xfd },
	{ "fred", fred },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	host_state_require_guard();
	return test_run(subtests, ARRAY_SIZE(subtests));
}
