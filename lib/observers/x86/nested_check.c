// SPDX-License-Identifier: GPL-2.0-only
/* Registers of a hypervisor in a guest, and of that one's guest. */
#include <sched.h>

#include "observer.h"
#include "x86/nested.h"
#include "x86/nested_check.h"

/** nested_entries() - VM entries with L2 active that the guard has checked so far */
u64 nested_entries(void)
{
	struct host_state_guard totals;

	host_state_guard_totals(&totals);
	return totals.nested;
}

/**
 * nested_check_guarded() - the entry guard must have seen L2 as often as the test did
 * @nr: how often, at least
 * @what: and doing what
 * @entries: how many nested_entries() there were meanwhile
 *
 * Fewer make the subtest inconclusive.
 */
void nested_check_guarded(u64 nr, const char *what, u64 entries)
{
	if (host_state_guard_mode() != HOST_STATE_GUARD_OFF && entries < nr)
		subtest_inconclusive("%llu %s, but %llu guarded entries with L2 active", nr,
				     what, entries);
}

/**
 * nested_check_tr() - compare the guest's TR, of the level that is active now
 * @vcpu: after an exit to L0
 * @whose: "L1" or "L2": which level that must be
 * @tss: where that level's TSS is
 * @from_cpu: where the vCPU ran before, or -1
 *
 * A wrong base is recorded as a violation.  Returns whether it is right.
 */
bool nested_check_tr(struct kvm_vcpu *vcpu, const char *whose, u64 tss, int from_cpu)
{
	struct violation v = {
		.observer = "KVM_GET_SREGS", .whose = whose, .field = "TR_BASE",
		.cpu = sched_getcpu(), .from_cpu = from_cpu, .want = tss, .count = 1,
	};
	struct kvm_sregs sregs;

	vcpu_sregs_get(vcpu, &sregs);
	if (sregs.tr.selector != GUEST_TSS || sregs.tr.limit != sizeof(struct tss64) - 1)
		subtest_fail("%s TSS at 0x%llx: TR selector 0x%x, limit 0x%x", whose, tss,
			     sregs.tr.selector, sregs.tr.limit);
	v.got = sregs.tr.base;
	if (v.got != tss)
		host_state_violation(&v);
	return v.got == tss;
}

/**
 * nested_check_value() - compare one value of a level; a wrong one is a violation
 * @observer: who has read it, as in struct violation
 * @whose: "L1" or "L2"
 * @field: as in a violation
 * @got: what it is
 * @want: what it must be
 */
void nested_check_value(const char *observer, const char *whose, const char *field, u64 got,
			u64 want)
{
	struct violation v = {
		.observer = observer, .whose = whose, .cpu = sched_getcpu(), .from_cpu = -1,
		.count = 1, .got = got, .want = want,
	};

	snprintf(v.field, sizeof(v.field), "%s", field);
	if (got != want)
		host_state_violation(&v);
}

/**
 * nested_check_regs() - compare all of enum nested_reg, of the level that is active now
 * @vcpu: between runs
 * @whose: "L1" or "L2": which level that must be
 * @want: by enum nested_reg
 */
void nested_check_regs(struct kvm_vcpu *vcpu, const char *whose, const u64 *want)
{
	u64 got[NESTED_NR_REGS];

	nested_regs_get(vcpu, got);
	for (int reg = 0; reg < NESTED_NR_REGS; reg++)
		nested_check_value("KVM_GET_SREGS", whose, nested_reg_names[reg], got[reg],
				   want[reg]);
}
