// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest's TSS and GDT at chosen addresses: what the descriptor says, what TR
 * holds and where exceptions land must all be the same place.
 *
 * The guest loads TR by itself, from the descriptor in its own GDT.  A base
 * put together wrongly, by the library or by KVM, sends the next exception to
 * the wrong stack.
 */
#include "x86/processor.h"
#include "x86/tss_places.h"

#define USER_VECTOR	0x40
#define EXITS		3

/* Written by handlers, in the guest. */
static u64 fault_stack, interrupt_stack, interrupt_cs;

static void fault_handler(struct ex_regs *regs)
{
	fault_stack = (u64)(uintptr_t)regs;
	regs->rip += 2;			/* UD2 */
}

static void interrupt_handler(struct ex_regs *regs)
{
	interrupt_stack = (u64)(uintptr_t)regs;
	interrupt_cs = regs->cs;
}

static void user_code(u64 arg)
{
	GUEST_ASSERT_EQ(arg, 42);
	asm volatile("int %0" : : "i"(USER_VECTOR) : "memory");
}

static void check_tables(const struct kvm_vcpu *place)
{
	struct desc64 *desc = get_tss_desc();

	GUEST_ASSERT_EQ(get_gdt().address, place->gdt);
	GUEST_ASSERT_EQ(get_gdt().size, GUEST_GDT_SIZE - 1);
	GUEST_ASSERT_EQ(get_tr(), GUEST_TSS);
	GUEST_ASSERT_EQ((uintptr_t)desc, place->gdt + GUEST_TSS);
	GUEST_ASSERT_EQ(get_desc64_base(desc), place->tss);
	GUEST_ASSERT_EQ(get_desc64_limit(desc), sizeof(struct tss64) - 1);
	GUEST_ASSERT_EQ(desc->access, 0x80 | DESC_TYPE_TSS_BUSY);
}

/* Stacks named by the TSS that TR really uses; regs lie just below the top. */
static void check_stacks(const struct kvm_vcpu *place, u64 user_stack)
{
	fault_stack = 0;
	interrupt_stack = 0;
	asm volatile("ud2" : : : "memory");
	GUEST_ASSERT_EQ(fault_stack, place->ist[2] - sizeof(struct ex_regs));

	guest_call_user(user_code, 42, user_stack);
	GUEST_ASSERT_EQ(interrupt_cs, GUEST_USER_CS);
	GUEST_ASSERT_EQ(interrupt_stack, place->rsp0 - sizeof(struct ex_regs));
}

/* The guest's copy of its struct kvm_vcpu, for the addresses in it. */
static struct kvm_vcpu place_of_guest;

static void guest_code(u64 user_stack, u64 unused)
{
	const struct kvm_vcpu *place = &place_of_guest;

	(void)unused;
	load_tr(GUEST_TSS);
	for (int i = 0; i < EXITS; i++) {
		check_tables(place);
		check_stacks(place, user_stack);
		GUEST_SYNC(i);
	}
	GUEST_DONE();
}

/* What KVM says must be what was programmed. */
static void check_sregs(struct kvm_vcpu *vcpu, const struct tss_place *place)
{
	struct kvm_sregs sregs;

	vcpu_sregs_get(vcpu, &sregs);
	if (sregs.tr.base != place->tss)
		subtest_fail("%s: KVM_GET_SREGS: TR base 0x%llx, want 0x%llx", place->name,
			     (u64)sregs.tr.base, place->tss);
	if (sregs.tr.selector != GUEST_TSS || sregs.tr.limit != sizeof(struct tss64) - 1)
		subtest_fail("%s: KVM_GET_SREGS: TR selector 0x%x limit 0x%x", place->name,
			     sregs.tr.selector, sregs.tr.limit);
	if (sregs.gdt.base != place->gdt)
		subtest_fail("%s: KVM_GET_SREGS: GDT base 0x%llx, want 0x%llx", place->name,
			     (u64)sregs.gdt.base, place->gdt);
}

static u64 run_at(struct kvm_vm *vm, u32 id, const struct tss_place *place)
{
	struct kvm_vcpu *vcpu = vm_vcpu_add(vm, id, guest_code);
	struct ucall uc;
	u64 exits = 0;

	vcpu_place_tables(vcpu, place->gdt, place->tss);
	vcpu_args_set(vcpu, vm_alloc(vm, 1) + PAGE_SIZE, 0);
	*guest_copy(vm, place_of_guest) = *vcpu;

	while (vcpu_run_to_ucall(vcpu, &uc) == UCALL_SYNC) {
		check_sregs(vcpu, place);
		exits++;
	}
	if (exits != EXITS)
		subtest_fail("%s: %llu of %d rounds", place->name, exits, EXITS);
	return exits;
}

static void tables_and_stacks(void)
{
	struct kvm_vm *vm = vm_create(VM_DEFAULT_MEM);
	u64 exits = 0;

	vm_install_exception_handler(vm, UD_VECTOR, fault_handler);
	vm_set_ist(vm, UD_VECTOR, 3);
	vm_install_exception_handler(vm, USER_VECTOR, interrupt_handler);
	/* One vCPU after the other; a VM for each would take longer to free. */
	for (u32 i = 0; i < NR_TSS_PLACES; i++)
		exits += run_at(vm, i, &tss_places[i]);
	test_count("places=%d exits=%llu", NR_TSS_PLACES, exits);
	kvm_vm_free(vm);
}

static const struct subtest subtests[] = {
	{ "tables_and_stacks", tables_and_stacks },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	return test_run(subtests, ARRAY_SIZE(subtests));
}
