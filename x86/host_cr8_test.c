// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's CR8 after VM exits.  A guest's MOV to CR8 reaches the CPU's own TPR
 * unless KVM watches over it: with a TPR shadow, or by an exit for each (SDM volume
 * 3, 30.3).  For L2 both are L1's choice, and KVM has to make up for it
 * (CVE-2017-12154).  A host with another CR8 takes no interrupts of low priority.
 *
 * On SVM V_INTR_MASKING keeps the two apart, beside fields that KVM changes while an
 * interrupt waits for the guest to let it in (svm_clear_vintr()).
 *
 * What the VMM sets is the guest's alone, too (kvm_set_cr8()).
 *
 * The guard looks at each entry and exit, a snapshot after each run.
 */
#include "hop_vm.h"
#include "observer.h"
#include "x86/nested.h"

#define MAX_CR8		15ULL
#define APIC_ID		0
#define VECTOR		0x40

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

static void on_interrupt(struct ex_regs *regs)
{
	(void)regs;
	wrmsr(MSR_X2APIC_EOI, 0);
}

static void take_interrupt_and_raise_cr8(void)
{
	x2apic_enable();
	x2apic_send(APIC_ID, VECTOR);
	asm volatile("sti\n\tnop\n\tcli" : : : "memory");
	raise_cr8();
}

static void check(const char *observer)
{
	struct host_state hs;

	host_state_snapshot(&hs);
	host_state_expect(observer, "CR8", (int)hs.cpu, -1, hs.cpu_holds.value[HS_CR8],
			  host_state_baseline((int)hs.cpu)->cpu_holds.value[HS_CR8]);
}

/* The last is the one that the guest has got. */
static void set_by_ioctl(struct kvm_vcpu *vcpu)
{
	struct kvm_sregs sregs;

	vcpu_sregs_get(vcpu, &sregs);
	for (u64 value = MAX_CR8 + 1; value--;) {
		sregs.cr8 = value;
		vcpu_sregs_set(vcpu, &sregs);
		check("snapshot, KVM_SET_SREGS");
	}
}

/* To the end of the guest; returns how many exits it made. */
static u64 run(struct kvm_vcpu *vcpu)
{
	struct ucall uc;
	u64 exits = 0;

	set_by_ioctl(vcpu);
	for (; vcpu_run_to_ucall(vcpu, &uc) == UCALL_SYNC; exits++)
		check("snapshot");
	return exits;
}

/* The host has one of these values too, and that one says nothing. */
static void tell_cr8(void)
{
	u64 host = host_state_baseline(allowed_cpu(0))->cpu_holds.value[HS_CR8];

	for (u64 value = 1; value <= MAX_CR8; value++)
		if (value != host)
			host_state_guest_value("CR8", 0, value, ~0ULL);
}

/*
 * With an APIC in the kernel MOV to CR8 does not exit, where there is a TPR shadow:
 * then it is for KVM to say that L2's does.
 */
static void run_on_each_cpu(void *guest_code, bool has_l2, bool has_apic)
{
	u64 exits = 0;

	tell_cr8();
	for (int i = 0; i < 2 * nr_allowed_cpus(); i++) {
		struct kvm_vcpu *vcpu;
		struct kvm_vm *vm = has_apic || i & 1 ?
				    vm_create_with_apic(&vcpu, guest_code) :
				    vm_create_with_one_vcpu(&vcpu, guest_code);

		if (has_l2)
			nested_give_l2(vcpu, raise_cr8);
		vm_install_exception_handler(vm, VECTOR, on_interrupt);
		migrate_self(allowed_cpu(i / 2));
		exits += run(vcpu);
		kvm_vm_free(vm);
	}
	test_count("exits=%llu", exits);
	host_state_must_compare(HS_CR8);
}

static void guest_writes_cr8(void)
{
	run_on_each_cpu(raise_cr8, false, false);
}

static void guest_took_an_interrupt(void)
{
	run_on_each_cpu(take_interrupt_and_raise_cr8, false, true);
}

static void l2_writes_cr8(void)
{
	SUBTEST_REQUIRE(nested_supported(), "KVM's module has nested=0");
	run_on_each_cpu(l1_enter_l2, true, false);
}

/* CVE-2017-12154 again: L1 wants a shadow, and L0 has no page to give to the CPU. */
static void l2_has_no_page(void)
{
	SUBTEST_REQUIRE(!nested_refusal_why_not(), "%s", nested_refusal_why_not());
	run_on_each_cpu(l1_enter_l2_refused, true, false);
}

static const struct subtest subtests[] = {
	{ "guest_writes_cr8", guest_writes_cr8 },
	{ "guest_took_an_interrupt", guest_took_an_interrupt },
	{ "l2_writes_cr8", l2_writes_cr8 },
	{ "l2_has_no_page", l2_has_no_page },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	host_state_require_guard();
	return test_run(subtests, ARRAY_SIZE(subtests));
}
