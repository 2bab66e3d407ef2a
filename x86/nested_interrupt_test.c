// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts of an L1 hypervisor after exits from its L2: none before it lets them in.
 *
 * On SVM #VMEXIT clears GIF, and L1 sets it with STGI when TR, GS and the MSRs of SYSCALL
 * are its own again (APM volume 2, 15.17); its RFLAGS.IF is set all the time.  On VMX an
 * exit clears IF (SDM volume 3, 28.5.3), though it was set at the entry, and L1 has STI.
 *
 * L1 sends itself an interrupt.  It is KVM that keeps it back (svm_interrupt_blocked(),
 * vmx_interrupt_blocked()), and a KVM that does not would inject it with the next entry: so
 * L1 exits once more, and looks then.  Meanwhile the vCPU goes to another CPU, and the
 * interrupt with it.
 */
#include "observer.h"
#include "x86/nested.h"
#include "x86/nested_check.h"

#define ROUNDS	8
#define VECTOR	0x40
#define APIC_ID	0			/* of the only vCPU */

/* Stages of a round, as the host is told; the last two with how many interrupts came. */
enum { L1_EXITS, L1_MASKED, L1_UNMASKED };

/* The guest's copies count. */
static struct nested nested;
static u64 interrupts;

static void on_interrupt(struct ex_regs *regs)
{
	(void)regs;
	WRITE_ONCE(interrupts, interrupts + 1);
	wrmsr(MSR_X2APIC_EOI, 0);
}

static void l2_code(void)
{
	for (;;)
		l2_call(&nested);
}

static void exit_and_tell(u64 stage)
{
	GUEST_SYNC(L1_EXITS);
	GUEST_SYNC_ARGS(stage, READ_ONCE(interrupts), 0, 0, 0);
}

static void l1_code(void)
{
	load_tr(GUEST_TSS);
	x2apic_enable();
	nested_init(&nested, l2_code);
	asm volatile("sti");
	for (int i = 0; i < ROUNDS; i++) {
		nested_run_masked(&nested);
		WRITE_ONCE(interrupts, 0);
		x2apic_send(APIC_ID, VECTOR);
		exit_and_tell(L1_MASKED);
		nested_unmask(&nested);
		exit_and_tell(L1_UNMASKED);
	}
	GUEST_DONE();
}

static void after_an_exit(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = vm_create_with_apic(&vcpu, l1_code);
	const char *field = kvm_vendor() == HOST_STATE_SVM ? "GIF" : "RFLAGS_IF";
	u64 l1_exits = 0, rounds = 0, cmd;
	struct ucall uc;

	nested_alloc(vcpu, &nested);
	vm_install_exception_handler(vm, VECTOR, on_interrupt);
	while ((cmd = vcpu_run_to_ucall(vcpu, &uc)) == UCALL_SYNC) {
		switch (uc.args[0]) {
		case L1_EXITS:
			migrate_self(allowed_cpu((int)(++l1_exits % (u64)nr_allowed_cpus())));
			break;
		case L1_MASKED:
			nested_check_value("interrupt", "L1", field, uc.args[1], 0);
			break;
		case L1_UNMASKED:
			/*
			 * How often is QEMU's business: where an interrupt of the host's comes
			 * while VMRUN injects one, it delivers that twice (kvm_inj_virq once,
			 * two EOIs).
			 */
			nested_check_value("interrupt", "L1", field, !!uc.args[1], 1);
			rounds++;
			break;
		}
	}
	if (cmd != UCALL_DONE)
		subtest_fail("L1 is lost after %llu interrupts", rounds);
	test_count("rounds=%llu", rounds);
	kvm_vm_free(vm);
}

static const struct subtest subtests[] = {
	{ "after_an_exit", after_an_exit },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	nested_require();
	return test_run(subtests, ARRAY_SIZE(subtests));
}
