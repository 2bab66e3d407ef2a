// SPDX-License-Identifier: GPL-2.0-only
/*
 * What decides on the host's interrupts and on its access to user memory, after VM
 * exits: RFLAGS.IF, AC and DF, CR8, and on SVM GIF.
 *
 * IF is set while VMRUN runs, and must be clear again before GIF is set.  KVM
 * emulates instructions with the guest's flags: AC among them would open user
 * memory to the kernel.  CR8 is the guest's TPR only where somebody watches over it.
 * GIF is clear from before VMRUN until KVM sets it, and so it is after an entry that
 * the CPU refused.
 *
 * The guard looks at each entry and exit, and at the end of a KVM_RUN that failed
 * whether an interrupt comes.
 */
#include "hop_vm.h"
#include "observer.h"
#include "x86/nested.h"
#include "x86/user_state.h"

#define HOPS		400	/* of plain guests; --hops sets it */
#define ROUNDS		20	/* on each CPU */
#define REFUSALS	3	/* the same */

#define APIC_GPA	0xfee00000ULL
#define APIC_GVA	0x7ee00000ULL
#define APIC_DIVIDE	0x3e0	/* a register that KVM keeps, and nothing uses here */
#define MAX_CR8		15ULL

static struct nested nested;		/* the guest's copy counts */

static inline void set_cr8(u64 value)
{
	asm volatile("mov %0, %%cr8" : : "r"(value) : "memory");
}

static inline u64 get_cr8(void)
{
	u64 value;

	asm volatile("mov %%cr8, %0" : "=r"(value));
	return value;
}

/* The APIC is no memory: KVM executes the OR, with these flags. */
static void emulate_with_ac(void)
{
	for (;;) {
		for (int i = 0; i < 4; i++)
			asm volatile("pushf\n\t"
				     "orl %0, (%%rsp)\n\t"
				     "popf\n\t"
				     "orl $0, (%1)"
				     : : "i"(X86_EFLAGS_AC),
				       "r"(APIC_GVA + APIC_DIVIDE) : "memory", "cc");
		GUEST_SYNC(0);
	}
}

/* Only upwards: without an APIC in the kernel KVM reports the way down. */
static void raise_cr8(void)
{
	for (u64 value = 1; value <= MAX_CR8; value++) {
		set_cr8(value);
		GUEST_ASSERT_EQ(get_cr8(), value);
		GUEST_SYNC(value);
	}
	GUEST_DONE();
}

static void l2_raises_cr8(void)
{
	raise_cr8();
}

static void l1_code(void)
{
	load_tr(GUEST_TSS);
	nested_init(&nested, l2_raises_cr8);
	nested_run(&nested);
}

static void check_compared(u32 field)
{
	struct host_state_guard totals;

	host_state_guard_totals(&totals);
	if (!host_state_has(totals.entry_fields, field))
		subtest_inconclusive("%s was not compared", host_state_field_name(field));
}

/* To the end of the guest, or @rounds of its exits; returns how many there were. */
static u64 run(struct kvm_vcpu *vcpu, u64 rounds)
{
	u64 exits = 0;
	struct host_state hs;
	struct ucall uc;

	while (exits < rounds && vcpu_run_to_ucall(vcpu, &uc) == UCALL_SYNC) {
		exits++;
		host_state_snapshot(&hs);
		host_state_expect("snapshot", "CR8", (int)hs.cpu, -1,
				  hs.cpu_holds.value[HS_CR8],
				  host_state_baseline((int)hs.cpu)->cpu_holds.value[HS_CR8]);
	}
	return exits;
}

static struct kvm_vm *vm_with_apic(struct kvm_vcpu **vcpu, void *guest_code)
{
	struct kvm_vm *vm = vm_create(VM_DEFAULT_MEM);

	TEST_ASSERT_OK(ioctl(vm->fd, KVM_CREATE_IRQCHIP, 0));
	*vcpu = vm_vcpu_add(vm, 0, guest_code);
	virt_map(vm, APIC_GVA, APIC_GPA, 1);
	return vm;
}

static void interrupts_after_exits(void)
{
	static struct hop_stats stats;

	hop_stats_clear(&stats);
	hop_vm_between_runs(1, default_hops(HOPS) / 4, hop_vm_check_tr, NULL, &stats);
	hop_stats_report(&stats);
	check_compared(HS_RFLAGS);
}

static void emulated_instructions(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = vm_with_apic(&vcpu, emulate_with_ac);
	u64 exits = 0;

	for (int i = 0; i < nr_allowed_cpus(); i++) {
		migrate_self(allowed_cpu(i));
		exits += run(vcpu, ROUNDS);
	}
	test_count("exits=%llu", exits);
	check_compared(HS_RFLAGS);
	kvm_vm_free(vm);
}

/* The host has one of these values too, and that one says nothing. */
static void tell_cr8(void)
{
	u64 host = host_state_baseline(allowed_cpu(0))->cpu_holds.value[HS_CR8];

	for (u64 value = 1; value <= MAX_CR8; value++)
		if (value != host)
			host_state_guest_value("CR8", 0, value, ~0ULL);
}

static void guest_writes_cr8(void)
{
	u64 exits = 0;

	tell_cr8();
	for (int i = 0; i < 2 * nr_allowed_cpus(); i++) {
		struct kvm_vcpu *vcpu;
		struct kvm_vm *vm = i & 1 ? vm_with_apic(&vcpu, raise_cr8) :
					    vm_create_with_one_vcpu(&vcpu, raise_cr8);

		migrate_self(allowed_cpu(i / 2));
		exits += run(vcpu, MAX_CR8 + 1);
		kvm_vm_free(vm);
	}
	test_count("exits=%llu", exits);
	check_compared(HS_CR8);
}

static void l2_writes_cr8(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm;
	u64 exits = 0;

	SUBTEST_REQUIRE(nested_supported(), "KVM's module has nested=0");
	tell_cr8();
	for (int i = 0; i < nr_allowed_cpus(); i++) {
		migrate_self(allowed_cpu(i));
		vm = vm_create_with_one_vcpu(&vcpu, l1_code);
		nested_alloc(vcpu, &nested);
		sync_global_to_guest(vm, nested);
		exits += run(vcpu, MAX_CR8 + 1);
		kvm_vm_free(vm);
	}
	test_count("exits=%llu", exits);
	check_compared(HS_CR8);
}

/* A code segment cannot be of 64 and of 32 bits (SDM 27.3.1.2, APM 15.5.1). */
static bool entry_is_refused(struct kvm_vcpu *vcpu)
{
	struct kvm_sregs sregs;

	vcpu_sregs_get(vcpu, &sregs);
	sregs.cs.l = 1;
	sregs.cs.db = 1;
	vcpu_sregs_set(vcpu, &sregs);
	vcpu_run(vcpu);
	return vcpu->run->exit_reason == KVM_EXIT_FAIL_ENTRY;
}

static void refused_entries(void)
{
	u64 refused = 0, exits = 0;

	for (int i = 0; i < REFUSALS * nr_allowed_cpus(); i++) {
		struct kvm_vcpu *bad, *good;
		struct kvm_vm *vm = vm_create(VM_DEFAULT_MEM);

		migrate_self(allowed_cpu(i % nr_allowed_cpus()));
		bad = vm_vcpu_add(vm, 0, guest_exit_for_ever);
		good = vm_vcpu_add(vm, 1, guest_exit_for_ever);
		refused += entry_is_refused(bad);
		exits += run(good, 1);
		kvm_vm_free(vm);
	}
	test_count("refused=%llu exits=%llu", refused, exits);
	if (!refused)
		subtest_skip("KVM or this CPU takes a code segment with L and D");
}

static const struct subtest subtests[] = {
	{ "interrupts_after_exits", interrupts_after_exits },
	{ "emulated_instructions", emulated_instructions },
	{ "guest_writes_cr8", guest_writes_cr8 },
	{ "l2_writes_cr8", l2_writes_cr8 },
	{ "refused_entries", refused_entries },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	TEST_REQUIRE(host_state_available(), "%s", host_state_why_not());
	TEST_REQUIRE(host_state_guard_mode() != HOST_STATE_GUARD_OFF,
		     "the guard is off: nothing looks at flags");
	return test_run(subtests, ARRAY_SIZE(subtests));
}
