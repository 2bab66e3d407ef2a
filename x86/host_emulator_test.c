// SPDX-License-Identifier: GPL-2.0-only
/*
 * RFLAGS of the host after instructions that KVM executes for a guest.
 *
 * It does so with the guest's arithmetic flags in the CPU and all others the host's
 * (EFLAGS_MASK), for arithmetic (fastop()) and for conditions (test_cc()).  The guest's AC
 * would open user memory to the kernel, DF turn its string instructions round, NT make its
 * next IRET fault; without the host's IF its interrupts are off from then on.
 *
 * The next VM entry is where the guard looks at the guest's flags: so the instruction
 * is one that KVM completes by itself.  IF that entry turns on again: so it is one
 * after which the thread leaves KVM_RUN, too.
 */
#include "hop_vm.h"
#include "observer.h"
#include "x86/user_state.h"

#define ROUNDS		20	/* on each CPU */

/* Its first register selects another one.  KVM keeps it, and no CPU has it for guests. */
#define IOAPIC_GPA	0xfec00000ULL
#define GVA		0x7ee00000ULL

/* There is no memory, so KVM has to execute it. */
static void or_with(u32 flag)
{
	asm volatile("pushf\n\t"
		     "orl %0, (%%rsp)\n\t"
		     "popf\n\t"
		     "orl $0, (%1)\n\t"
		     "setz (%1)\n\t"
		     "pushf\n\t"
		     "notl %0\n\t"
		     "andl %0, (%%rsp)\n\t"
		     "popf"
		     : "+r"(flag) : "r"(GVA) : "memory", "cc");
}

static void or_for_ever(void)
{
	for (u64 n = 0;; n++) {
		or_with(X86_EFLAGS_AC);
		or_with(X86_EFLAGS_DF);
		or_with(X86_EFLAGS_NT);
		GUEST_SYNC(n);
	}
}

static void no_entry_follows(void)
{
	for (;;)
		asm volatile("orl $0, (%0)\n\t"
			     "setz (%0)" : : "r"(GVA) : "memory", "cc");
}

static void run_to_sync(struct kvm_vcpu *vcpu)
{
	struct ucall uc;

	vcpu_run_to_ucall(vcpu, &uc);
}

/* The VMM is asked what the guest reads, and told what it writes. */
static void run_to_write(struct kvm_vcpu *vcpu)
{
	const struct kvm_run *run = vcpu->run;

	do {
		memset(vcpu->run->mmio.data, 0, sizeof(vcpu->run->mmio.data));
		vcpu_run(vcpu);
		TEST_ASSERT(run->exit_reason == KVM_EXIT_MMIO, "exit %u", run->exit_reason);
	} while (!run->mmio.is_write);
}

static void on_each_cpu(struct kvm_vm *vm, struct kvm_vcpu *vcpu, u64 gpa,
			void (*run)(struct kvm_vcpu *vcpu))
{
	u64 rounds = 0;

	virt_map(vm, GVA, gpa, 1);
	for (int i = 0; i < nr_allowed_cpus(); i++) {
		migrate_self(allowed_cpu(i));
		for (int k = 0; k < ROUNDS; k++, rounds++)
			run(vcpu);
	}
	kvm_vm_free(vm);
	test_count("rounds=%llu", rounds);
}

static void flags_of_guest(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = vm_create_with_apic(&vcpu, or_for_ever);

	on_each_cpu(vm, vcpu, IOAPIC_GPA, run_to_sync);
	host_state_must_compare(HS_RFLAGS);
}

static void interrupts_of_host(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = vm_create_with_one_vcpu(&vcpu, no_entry_follows);

	on_each_cpu(vm, vcpu, NOBODYS_GPA, run_to_write);
	host_state_must_compare(HS_RFLAGS_IF);
}

static const struct subtest subtests[] = {
	{ "flags_of_guest", flags_of_guest },
	{ "interrupts_of_host", interrupts_of_host },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	host_state_require_guard();
	return test_run(subtests, ARRAY_SIZE(subtests));
}
