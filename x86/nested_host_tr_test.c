// SPDX-License-Identifier: GPL-2.0-only
/*
 * The task register of an L1 hypervisor after exits from its L2 guest.
 *
 * For L1 it is KVM that plays the CPU: on VMX it loads L1's TR base from the
 * HOST_TR_BASE that L1 wrote, on SVM by the VMLOAD that L1 does.  This is the
 * story of the suite one level down.  L1 finds the base as its author did, by
 * get_desc64_base(); with a wrong one L1's next exception reads its stack from
 * somewhere else, and L1 triple faults.  So the host looks at L1's TR first,
 * while L1 has taken nothing yet.
 */
#include "observer.h"
#include "x86/nested.h"
#include "x86/nested_tr.h"

#define ROUNDS	8

static const struct place {
	const char *name;
	u64 gdt, tss;
} places[] = {
	{ "low",		0x10000000,	    0x10002000 },
	{ "bit31",		0xa2d60000,	    0xa2d65000 },
	{ "above_4g",		0x00000001f8d60000, 0x00000001f8d65000 },
	/* The vector of the bug's report, then with base2's bit 7 clear. */
	{ "vector",		0xfffffe7cf8d60000, 0xfffffe7cf8d65000 },
	{ "vector_bit31_clear",	0xfffffe7c78d60000, 0xfffffe7c78d65000 },
	{ "base3_mixed",	0xffffaaaa80000000, 0x0000555580001000 },
	{ "unaligned",		0xfffffe00f8d60ff1, 0xfffffe00f8d65fe9 },
};

/* Stages of a round, as the host is told. */
enum { L2_RUNS, L2_EXITED, L1_FAULTED };

static struct nested nested;		/* the guest's copy counts */

static void l2_code(void)
{
	for (;;) {
		GUEST_SYNC(L2_RUNS);
		l2_call(&nested);
		GUEST_SYNC(L2_RUNS);
		l2_hlt();
	}
}

static void l1_code(void)
{
	load_tr(GUEST_TSS);
	nested_init(&nested, l2_code);
	for (int i = 0; i < ROUNDS; i++) {
		enum nested_exit exit = nested_run(&nested);

		GUEST_SYNC(L2_EXITED);
		GUEST_ASSERT_EQ(exit, i % 2 ? NESTED_EXIT_HLT : NESTED_EXIT_CALL);
		GUEST_ASSERT_EQ(get_tr(), GUEST_TSS);
		l1_fault(&nested);
		GUEST_SYNC(L1_FAULTED);
	}
	GUEST_DONE();
}

static const struct place *place_of_subtest(void)
{
	const struct place *place = places;

	while (strcmp(place->name, subtest_name()))
		place++;
	return place;
}

static void l1_tss_at(void)
{
	const struct place *place = place_of_subtest();
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = vm_create_with_one_vcpu(&vcpu, l1_code);
	u64 exits[] = { [L2_RUNS] = 0, [L2_EXITED] = 0, [L1_FAULTED] = 0 };
	u64 guarded = nested_entries(), cmd;
	struct ucall uc;

	nested_alloc(vcpu, &nested);
	sync_global_to_guest(vm, nested);
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
	if (host_state_guard_mode() != HOST_STATE_GUARD_OFF && guarded < exits[L2_EXITED])
		subtest_inconclusive("%llu exits of L2, but %llu guarded entries with L2 active",
				     exits[L2_EXITED], guarded);
	kvm_vm_free(vm);
}

int main(int argc, char *argv[])
{
	struct subtest subtests[ARRAY_SIZE(places)];

	test_init(argc, argv, TEST_KVM);
	nested_require();
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		subtests[i] = (struct subtest) { places[i].name, l1_tss_at };
	return test_run(subtests, ARRAY_SIZE(subtests));
}
