// SPDX-License-Identifier: GPL-2.0-only
/*
 * On each CPU in turn, a guest that takes no interrupts and never exits, until its thread
 * gets a signal.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define SIZE	0x2000
#define CODE	0x1000

static void on_alarm(int sig)
{
	(void)sig;
}

int main(void)
{
	static const char cli_and_spin[] = "\xfa\xeb\xfe";
	struct kvm_userspace_memory_region region = { .memory_size = SIZE };
	struct kvm_regs regs = { .rip = CODE, .rflags = 2 };
	struct sigaction action = { .sa_handler = on_alarm };
	int kvm = open("/dev/kvm", O_RDWR), vm = ioctl(kvm, KVM_CREATE_VM, 0), vcpu;
	char *mem = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct kvm_sregs sregs;

	memcpy(mem + CODE, cli_and_spin, sizeof(cli_and_spin));
	region.userspace_addr = (unsigned long)mem;
	if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region))
		err(1, "KVM_SET_USER_MEMORY_REGION");
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	ioctl(vcpu, KVM_GET_SREGS, &sregs);
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	if (ioctl(vcpu, KVM_SET_SREGS, &sregs) || ioctl(vcpu, KVM_SET_REGS, &regs))
		err(1, "KVM_SET_SREGS, KVM_SET_REGS");
	sigaction(SIGALRM, &action, NULL);
	for (long cpu = 0; cpu < sysconf(_SC_NPROCESSORS_ONLN); cpu++) {
		cpu_set_t set;

		CPU_ZERO(&set);
		CPU_SET((size_t)cpu, &set);
		if (sched_setaffinity(0, sizeof(set), &set))
			err(1, "sched_setaffinity");
		alarm(2);
		if (ioctl(vcpu, KVM_RUN, 0) >= 0 || errno != EINTR)
			err(1, "KVM_RUN");
	}
	return 0;
}
