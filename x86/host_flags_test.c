// SPDX-License-Identifier: GPL-2.0-only
/*
 * What decides on the host's interrupts and on its access to user memory, after VM
 * exits: RFLAGS.IF and AC, and on SVM GIF.
 *
 * IF is set while VMRUN runs, and must be clear again before GIF is set.  AC opens
 * user memory to the kernel.  GIF is clear from before VMRUN until KVM sets it, and so
 * it is after an entry that the CPU refused.
 *
 * The guard looks at each entry and exit, and at the end of a KVM_RUN that failed
 * whether an interrupt comes.
 */
#include <sched.h>

#include "hop_vm.h"
#include "observer.h"
#include "x86/user_state.h"

#define HOPS		400	/* of plain guests; --hops sets it */
#define ROUNDS		20	/* on each CPU */
#define REFUSALS	3	/* the same */

#define STEAL_VERSION		2	/* a u32 after the time; each write adds 2 */

static u64 run(struct kvm_vcpu *vcpu, u64 rounds)
{
	struct ucall uc;
	u64 exits = 0;

	while (exits < rounds && vcpu_run_to_ucall(vcpu, &uc) == UCALL_SYNC)
		exits++;
	return exits;
}

static void interrupts_after_exits(void)
{
	static struct hop_stats stats;

	hop_stats_clear(&stats);
	hop_vm_between_runs(1, default_hops(HOPS) / 4, hop_vm_check_tr, NULL, &stats);
	hop_stats_report(&stats);
	host_state_must_compare(HS_RFLAGS);
}

/*
 * For each run KVM writes down how long the vCPU was not, where the guest says: user
 * memory is open to it for a few writes (record_steal_time()).
 */
static void steal_time(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = vm_create_with_one_vcpu(&vcpu, guest_exit_for_ever);
	u64 gpa = vcpu_enable_steal_time(vcpu), exits = 0;
	u32 version;

	SUBTEST_REQUIRE(gpa, "KVM tells no guest of it");
	for (int i = 0; i < nr_allowed_cpus(); i++) {
		migrate_self(allowed_cpu(i));
		exits += run(vcpu, ROUNDS);
	}
	version = ((const u32 *)addr_gpa2hva(vm, gpa))[STEAL_VERSION];
	test_count("exits=%llu version=%u", exits, version);
	if (!version)
		subtest_inconclusive("KVM wrote nothing down");
	host_state_must_compare(HS_RFLAGS);
	kvm_vm_free(vm);
}

/* A code segment cannot be of 64 and of 32 bits (SDM 27.3.1.2, APM 15.5.1). */
static bool entry_is_refused(struct kvm_vcpu *vcpu)
{
	struct kvm_sregs sregs;
	u32 before;

	vcpu_sregs_get(vcpu, &sregs);
	sregs.cs.l = 1;
	sregs.cs.db = 1;
	/* XCR0 is 1 after reset, PKRU 0, and no host's are; from now on KVM loads them. */
	if (guest_cpuid(1, 0, 2) >> 26 & 1)
		sregs.cr4 |= X86_CR4_OSXSAVE;
	if (guest_cpuid(7, 0, 2) >> 3 & 1)
		sregs.cr4 |= X86_CR4_PKE;
	vcpu_sregs_set(vcpu, &sregs);
	before = cpu_has_pku() ? rdpkru() : 0;
	vcpu_run(vcpu);
	if (cpu_has_pku())
		host_state_expect("behaviour", "PKRU", sched_getcpu(), -1, rdpkru(), before);
	return vcpu->run->exit_reason == KVM_EXIT_FAIL_ENTRY;
}

static void refused_entries(void)
{
	u64 refused = 0, exits = 0;

	host_state_user(true);
	host_state_guest_value("XCR0", 0, XCR0_FP, ~0ULL);
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
	host_state_user(false);
	test_count("refused=%llu exits=%llu", refused, exits);
	if (!refused)
		subtest_skip("KVM or this CPU takes a code segment with L and D");
}

/* No handler for #UD, nor for what comes of that. */
static void fault_three_times(void)
{
	static const struct {
		u16 limit;
		u64 base;
	} __packed no_idt;

	asm volatile("lidt %0\n\tud2" : : "m"(no_idt));
}

/* The guard asks for an interrupt then. */
static void guests_that_shut_down(void)
{
	u64 nr = 0;

	for (int i = 0; i < nr_allowed_cpus(); i++) {
		struct kvm_vcpu *vcpu;
		struct kvm_vm *vm = vm_create_with_one_vcpu(&vcpu, fault_three_times);

		migrate_self(allowed_cpu(i));
		vcpu_run(vcpu);
		nr += vcpu->run->exit_reason == KVM_EXIT_SHUTDOWN;
		kvm_vm_free(vm);
	}
	test_count("shutdowns=%llu", nr);
	if (nr < (u64)nr_allowed_cpus())
		subtest_fail("a guest that faults three times goes on");
}

static const struct subtest subtests[] = {
	{ "interrupts_after_exits", interrupts_after_exits },
	{ "steal_time", steal_time },
	{ "refused_entries", refused_entries },
	{ "guests_that_shut_down", guests_that_shut_down },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	host_state_require_guard();
	return test_run(subtests, ARRAY_SIZE(subtests));
}
