// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether /dev/kvm can run the suite's guests: 64-bit, TR loaded by the guest,
 * and interrupts of ring 3, which find their stack through TR.  Some back ends
 * of /dev/kvm cannot.  Prints "usable" and exits with 0, or prints why not and
 * exits with 1.
 */
#include "x86/processor.h"

#define VECTOR	0x40

static u64 interrupts;

static void count_interrupt(struct ex_regs *regs)
{
	(void)regs;
	interrupts++;
}

static void user_code(u64 arg)
{
	(void)arg;
	asm volatile("int %0" : : "i"(VECTOR) : "memory");
}

static void guest_code(u64 user_stack, u64 unused)
{
	(void)unused;
	load_tr(GUEST_TSS);
	guest_call_user(user_code, 0, user_stack);
	GUEST_SYNC_ARGS(get_desc64_base(get_tss_desc()), interrupts, 0, 0, 0);
	GUEST_DONE();
}

int main(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm;
	struct ucall uc;
	char text[128];

	if (access("/dev/kvm", R_OK | W_OK)) {
		printf("/dev/kvm: %s\n", strerror(errno));
		return 1;
	}
	vm = vm_create_with_one_vcpu(&vcpu, guest_code);
	vm_install_exception_handler(vm, VECTOR, count_interrupt);
	vcpu_args_set(vcpu, vm_alloc(vm, 1) + PAGE_SIZE, 0);
	vcpu_run(vcpu);
	switch (get_ucall(vcpu, &uc)) {
	case UCALL_SYNC:
		if (uc.args[0] == vcpu->tss && uc.args[1] == 1) {
			printf("usable\n");
			return 0;
		}
		printf("a guest with its TSS at 0x%llx sees 0x%llx, and %llu interrupts, not 1\n",
		       vcpu->tss, uc.args[0], uc.args[1]);
		return 1;
	case UCALL_UNHANDLED:
		printf("a guest that loads TR and enters ring 3 gets exception %llu at 0x%llx\n",
		       uc.args[0], uc.args[2]);
		return 1;
	default:
		vcpu_exit_text(vcpu, text, sizeof(text));
		printf("a guest that loads TR and enters ring 3 ends with %s\n", text);
		return 1;
	}
}
