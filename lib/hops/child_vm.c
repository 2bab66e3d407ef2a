// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VM in a child.  When the child has ended nothing of the VM is left, and nobody holds
 * KVM's modules.
 */
#include <sys/wait.h>

#include "child_vm.h"
#include "cpus.h"
#include "kvm_util.h"

static __noreturn void run_on_each_cpu(void *guest_code, void (*look)(int cpu))
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = vm_create_with_one_vcpu(&vcpu, guest_code);
	struct ucall uc;

	for (int i = 0; i < nr_allowed_cpus(); i++) {
		migrate_self(allowed_cpu(i));
		if (vcpu_run_to_ucall(vcpu, &uc) != UCALL_SYNC)
			_exit(1);
		look(allowed_cpu(i));
	}
	kvm_vm_free(vm);
	_exit(0);
}

/**
 * child_vm_run() - fork a child with a VM, which runs once on each allowed CPU
 * @guest_code: of its only vCPU; calls GUEST_SYNC() for ever
 * @look: called after each run, on that CPU, in the child: it can tell the parent
 *	something in memory alone that both share
 *
 * Returns when the child has ended; false: not all of it ran, and the subtest is skipped
 * for lack of memory, or has failed.
 */
bool child_vm_run(void *guest_code, void (*look)(int cpu))
{
	int status = -1;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child)
		run_on_each_cpu(guest_code, look);
	TEST_RESOURCE(child >= 0, "not enough processes");
	TEST_ASSERT(waitpid(child, &status, 0) == child, "a child with a VM");
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SKIP)
		subtest_skip("not enough memory for a VM in a child");
	else if (status)
		subtest_fail("a VM does not run on each CPU: status 0x%x", status);
	return !status;
}
