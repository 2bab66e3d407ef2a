// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VM in a child.  When the child has ended nothing of the VM is left, and nobody holds
 * KVM's modules.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
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

static bool child_ended(int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SKIP)
		subtest_skip("not enough memory for a VM in a child");
	else if (status)
		subtest_fail("a VM in a child does not run: status 0x%x", status);
	return !status;
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
	return child_ended(status);
}

/**
 * sleeps_in_kvm_run() - whether a thread waits inside of KVM_RUN, for its guest has halted
 * @tid: of this process or a child's
 *
 * /proc says "running" as long as the thread has a CPU, whatever its state is
 * (task_current_syscall()); then the system call that it sleeps in.  With errno EPERM
 * it may not be asked about a child (kernel.yama.ptrace_scope).
 */
bool sleeps_in_kvm_run(pid_t tid)
{
	unsigned long nr = 0, request = 0;
	char path[64], text[80] = "";
	FILE *file;

	errno = 0;
	snprintf(path, sizeof(path), "/proc/%d/syscall", tid);
	file = fopen(path, "r");
	if (file && fgets(text, sizeof(text), file))
		sscanf(text, "%lu %*s %lx", &nr, &request);
	if (file)
		fclose(file);
	return nr == SYS_ioctl && request == KVM_RUN;
}

/**
 * child_vm_kill_halted() - kill a child with a VM while its guest is halted
 * @guest_code: of its only vCPU, which has an APIC in the kernel; must come to a HLT with
 *	interrupts disabled, and make no call before
 * @cpu: where the child runs, from KVM_RUN to its end: it never gets back to user mode
 *
 * False: the guest did not get there; the subtest is skipped for lack of memory, or has
 * failed.
 */
bool child_vm_kill_halted(void *guest_code, int cpu)
{
	struct kvm_vcpu *vcpu;
	int status = 0;
	bool hidden;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		/* Else it would stay there, were we killed. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		migrate_self(cpu);
		vm_create_with_apic(&vcpu, guest_code);
		vcpu_run(vcpu);
		_exit(1);
	}
	TEST_RESOURCE(child >= 0, "not enough processes");
	while (!sleeps_in_kvm_run(child)) {
		if (errno == EPERM)
			break;
		TEST_ASSERT(waitpid(child, &status, WNOHANG) >= 0, "a child with a VM");
		if (status)
			return child_ended(status);
		usleep(100);
	}
	hidden = errno == EPERM;
	kill(child, SIGKILL);
	TEST_ASSERT(waitpid(child, &status, 0) == child, "a child with a VM");
	if (hidden)
		subtest_skip("may not see what a child does: kernel.yama.ptrace_scope");
	return !hidden;
}
