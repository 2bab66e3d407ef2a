// SPDX-License-Identifier: GPL-2.0-only
/*
 * The task register of an L1 hypervisor after exits from its L2 guest.
 *
 * For L1 it is KVM that plays the CPU: on VMX it loads L1's TR base from the
 * HOST_TR_BASE that L1 wrote, on SVM by the VMLOAD that L1 does.  L1 finds the
 * base by get_desc64_base(); with a wrong one L1's next exception reads its stack
 * from somewhere else, and L1 triple faults.  So the host looks at L1's TR first,
 * before L1 takes one.
 *
 * After half of the rounds L1 stops being a hypervisor and begins anew.  KVM on VMX has
 * a new vmcs02 then, in which nothing of the host's is set (enter_vmx_operation()).
 */
#include "observer.h"
#include "x86/nested.h"
#include "x86/nested_check.h"
#include "x86/tss_places.h"

#define ROUNDS	8

/* Stages of a round, as the host is told. */
enum { L2_RUNS, L2_EXITED, L1_FAULTED };

static struct nested nested;		/* the guest's copy counts */

static void l2_code(void)
{
	l2_exit_for_ever(&nested, L2_RUNS);
}

static void l1_code(void)
{
	load_tr(GUEST_TSS);
	nested_init(&nested, l2_code);
	for (int i = 0; i < ROUNDS; i++) {
		enum nested_exit exit;

		if (i == ROUNDS / 2) {
			nested_quit(&nested);
			nested_init(&nested, l2_code);
		}
		exit = nested_run(&nested);
		GUEST_SYNC(L2_EXITED);
		GUEST_ASSERT_EQ(exit, i % 2 ? NESTED_EXIT_HLT : NESTED_EXIT_CALL);
		GUEST_ASSERT_EQ(get_tr(), GUEST_TSS);
		l1_fault(&nested);
		GUEST_SYNC(L1_FAULTED);
	}
	GUEST_DONE();
}

static const struct tss_place *place_of_subtest(void)
{
	const struct tss_place *place = tss_places;

	while (strcmp(place->name, subtest_name()))
		place++;
	return place;
}

static void l1_tss_at(void)
{
	const struct tss_place *place = place_of_subtest();
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = vm_create_with_one_vcpu(&vcpu, l1_code);
	u64 exits[] = { [L2_RUNS] = 0, [L2_EXITED] = 0, [L1_FAULTED] = 0 };
	u64 guarded = nested_entries(), cmd;
	struct ucall uc;

	nested_alloc(vcpu, &nested);
	vcpu_place_tables(vcpu, place->gdt, place->tss);

	while ((cmd = vcpu_run_to_ucall(vcpu, &uc)) == UCALL_SYNC) {
		bool l2 = uc.args[0] == L2_RUNS;

		exits[uc.args[0]]++;
		/* With a wrong TR its next exception is L1's end. */
		if (!nested_check_tr(vcpu, l2 ? "L2" : "L1", l2 ? nested.l2_tss : place->tss, -1))
			break;
	}
	if (cmd != UCALL_DONE && cmd != UCALL_SYNC)
		subtest_fail("L1 TSS at 0x%llx: lost after %llu exits of L2 and %llu faults of L1",
			     place->tss, exits[L2_EXITED], exits[L1_FAULTED]);
	guarded = nested_entries() - guarded;
	test_count("l2_runs=%llu l2_exits=%llu faults=%llu entries=%llu nested_entries=%llu",
		   exits[L2_RUNS], exits[L2_EXITED], exits[L1_FAULTED],
		   host_state_entries(), guarded);
	nested_check_guarded(exits[L2_EXITED], "exits of L2", guarded);
	kvm_vm_free(vm);
}

int main(int argc, char *argv[])
{
	struct subtest subtests[NR_TSS_PLACES];

	test_init(argc, argv, TEST_KVM);
	nested_require();
	for (size_t i = 0; i < NR_TSS_PLACES; i++)
		subtests[i] = (struct subtest) { tss_places[i].name, l1_tss_at };
	return test_run(subtests, ARRAY_SIZE(subtests));
}
