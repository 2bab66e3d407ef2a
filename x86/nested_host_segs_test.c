// SPDX-License-Identifier: GPL-2.0-only
/*
 * The segment bases and system call MSRs of an L1 hypervisor after exits from its L2.
 *
 * On VMX an exit loads FS and GS bases and the SYSENTER MSRs from the fields that L1
 * wrote, KERNEL_GS_BASE and the MSRs of SYSCALL from its list (SDM volume 3, 28.5 and
 * 28.6; load_vmcs12_host_state).  On SVM L1's VMLOAD brings all of them (APM volume 2,
 * 15.5.1; svm_copy_vmloadsave_state).
 *
 * What L1 must get back is not what it had at the entry: each time it enters with
 * other values, which an exit that loads nothing would leave, and L2 has its own.
 */
#include <sched.h>

#include "cpus.h"
#include "observer.h"
#include "x86/nested.h"
#include "x86/nested_check.h"

#define ROUNDS		8	/* and two on each CPU */
#define MAX_ROUNDS	64

/* Whose values; L1's at an entry alternate. */
enum { OF_L1 = 1, OF_L2, AT_ENTRY };

/* Stages of a round, as the host is told. */
enum { L2_RUNS, L2_EXITED };

/* The guest's copies count. */
static struct nested nested;
static u64 l1_has[NESTED_NR_MSRS];

/* Different in both halves, canonical, with bit 31 set, and as wide as the register. */
static u64 value_of(u32 vendor, u64 msr, u64 whose)
{
	u64 value = whose << 40 | msr << 32 | 0x80000000 | whose << 24 | whose << 4;

	switch (msr) {
	case NESTED_SYSENTER_CS:
		return value & 0xffff;
	case NESTED_SFMASK:
		return value & 0xffffffff;
	case NESTED_SYSENTER_ESP:
	case NESTED_SYSENTER_EIP:
		/* AMD's may have 32 bits, and KVM keeps no more (svm_set_msr). */
		return vendor == HOST_STATE_VMX ? value : value & 0xffffffff;
	default:
		return value;
	}
}

static void l1_writes(u64 whose)
{
	for (u64 msr = 0; msr < NESTED_NR_MSRS; msr++)
		wrmsr(nested_msrs[msr], value_of(nested.vendor, msr, whose));
}

static void l2_code(void)
{
	l2_exit_for_ever(&nested, L2_RUNS);
}

static void l1_code(void)
{
	u64 l2_has[NESTED_NR_MSRS];

	load_tr(GUEST_TSS);
	l1_writes(OF_L1);
	nested_init(&nested, l2_code);
	for (u64 msr = 0; msr < NESTED_NR_MSRS; msr++)
		l2_has[msr] = value_of(nested.vendor, msr, OF_L2);
	nested_set_l2_msrs(&nested, l2_has);
	for (u64 round = 0;; round++) {
		l1_writes(AT_ENTRY + round % 2);
		nested_run(&nested);
		for (u64 msr = 0; msr < NESTED_NR_MSRS; msr++)
			l1_has[msr] = rdmsr(nested_msrs[msr]);
		GUEST_SYNC(L2_EXITED);
	}
}

static void check_l1(struct kvm_vcpu *vcpu)
{
	const u64 *has = *guest_copy(vcpu->vm, l1_has);

	for (u64 msr = 0; msr < NESTED_NR_MSRS; msr++) {
		struct violation v = {
			.observer = "RDMSR in L1", .whose = "L1",
			.cpu = sched_getcpu(), .from_cpu = -1, .count = 1, .got = has[msr],
			.want = value_of(nested.vendor, msr, OF_L1),
		};

		snprintf(v.field, sizeof(v.field), "%s", nested_msr_names[msr]);
		if (v.got != v.want)
			host_state_violation(&v);
	}
}

/* The vCPU moves after each exit to L0: with L2 active, then with L1. */
static void l1_has_its_own(void)
{
	u64 rounds = ROUNDS + 2 * (u64)nr_allowed_cpus(), entries = nested_entries();
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = vm_create_with_one_vcpu(&vcpu, l1_code);
	struct ucall uc;
	u64 round = 0;

	if (rounds > MAX_ROUNDS)
		rounds = MAX_ROUNDS;
	nested_alloc(vcpu, &nested);
	for (int i = 0; round < rounds && vcpu_run_to_ucall(vcpu, &uc) == UCALL_SYNC; i++) {
		if (uc.args[0] == L2_EXITED) {
			check_l1(vcpu);
			round++;
		}
		migrate_self(allowed_cpu(i % nr_allowed_cpus()));
	}
	entries = nested_entries() - entries;
	test_count("l2_exits=%llu values=%llu nested_entries=%llu", round,
		   round * NESTED_NR_MSRS, entries);
	nested_check_guarded(round, "exits of L2", entries);
	kvm_vm_free(vm);
	migrate_restore();
}

static const struct subtest subtests[] = {
	{ "l1_has_its_own", l1_has_its_own },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	nested_require();
	host_state_user(true);
	return test_run(subtests, ARRAY_SIZE(subtests));
}
