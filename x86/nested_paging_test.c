// SPDX-License-Identifier: GPL-2.0-only
/*
 * RFLAGS of the host while KVM shadows the tables of an L1 hypervisor that gives its L2
 * nested paging.
 *
 * L1 may read them, but what writes to one KVM executes (page_fault_handle_page_track()),
 * with LOCK by the user's address of that memory (emulator_cmpxchg_emulated()).  So it reads
 * them itself, with L2 active (FNAME(gpte_changed)()).  RFLAGS.AC opens user memory to the
 * kernel for that long, and must be clear again at the entry that follows: there the guard
 * looks.
 *
 * A change makes KVM forget what it has below, and after some of them all of the table
 * (kvm_mmu_track_write(), detect_write_flooding()): so L2 runs before each.
 */
#include "observer.h"
#include "x86/nested.h"
#include "x86/nested_check.h"

#define ROUNDS		8			/* on each CPU */

/* Ignored in each entry of both kinds of tables (SDM volume 3, 29.3.2; APM volume 2, 5.4). */
#define PTE_SOFTWARE	BIT_ULL(11)

static struct nested nested;			/* the guest's copy counts */

static void l2_code(void)
{
	for (;;)
		l2_call(&nested);
}

static bool locked_cmpxchg(u64 *at, u64 old, u64 new)
{
	bool equal;

	asm volatile("lock cmpxchgq %3, %1"
		     : "=@ccz"(equal), "+m"(*at), "+a"(old) : "r"(new) : "memory");
	return equal;
}

static void l1_code(void)
{
	load_tr(GUEST_TSS);
	nested_init(&nested, l2_code);
	nested_set_paging(&nested);
	for (u64 n = 0;; n++) {
		for (int level = 0; level < NESTED_PAGING_TABLES; level++) {
			u64 *entry = (u64 *)(uintptr_t)nested.paging[level].gva, old;

			nested_run(&nested);
			old = READ_ONCE(*entry);
			GUEST_ASSERT(locked_cmpxchg(entry, old, old ^ PTE_SOFTWARE));
			GUEST_ASSERT_EQ(READ_ONCE(*entry), old ^ PTE_SOFTWARE);
		}
		GUEST_SYNC(n);
	}
}

static void tables_that_l1_changes(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = vm_create_with_one_vcpu(&vcpu, l1_code);
	u64 guarded = nested_entries(), changes = 0, executed;
	struct ucall uc;

	nested_alloc(vcpu, &nested);
	for (int i = 0; i < ROUNDS * nr_allowed_cpus(); i++) {
		migrate_self(allowed_cpu(i / ROUNDS));
		if (vcpu_run_to_ucall(vcpu, &uc) != UCALL_SYNC)
			break;
		changes += NESTED_PAGING_TABLES;
	}
	executed = kvm_vm_stat(vm, "mmu_pte_write");
	test_count("changes=%llu executed=%llu", changes, executed);
	if (!executed)
		subtest_inconclusive("KVM executed none of %llu changes of a table", changes);
	nested_check_guarded(changes, "entries of L2", nested_entries() - guarded);
	host_state_must_compare(HS_RFLAGS);
	kvm_vm_free(vm);
}

static const struct subtest subtests[] = {
	{ "tables_that_l1_changes", tables_that_l1_changes },
};

int main(int argc, char *argv[])
{
	const char *why_not;

	test_init(argc, argv, TEST_KVM);
	host_state_require_guard();
	why_not = nested_paging_why_not();
	TEST_REQUIRE(!why_not, "%s", why_not);
	return test_run(subtests, ARRAY_SIZE(subtests));
}
