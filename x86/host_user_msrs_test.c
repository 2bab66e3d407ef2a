// SPDX-License-Identifier: GPL-2.0-only
/*
 * The MSRs that the host's user mode uses, after VM exits: TSC_AUX, which RDTSCP
 * and RDPID read, and those of SYSCALL.
 *
 * Only user mode needs them, so KVM leaves the guest's in the CPU until a thread
 * returns there, on this CPU (kvm_on_user_return()).  TSC_AUX holds the CPU's
 * and the node's number: with another CPU's or the guest's, getcpu() in the vDSO
 * lies.  STAR, LSTAR and SFMASK lead every system call into the kernel.
 *
 * The guest writes values of its own, others from run to run; in a subtest of
 * their own the host's values of all CPUs, where KVM may see nothing to do.  The VMM
 * writes TSC_AUX as well: KVM_SET_MSRS is a way into the CPU for it, with no run that
 * would lead back out (kvm_set_user_return_msr()).
 */
#include <sys/syscall.h>

#include "hop_vm.h"
#include "numa_util.h"
#include "observer.h"
#include "state_hop.h"
#include "x86/nested.h"
#include "x86/user_state.h"

#define LOOKS		200	/* of a thread beside, in one go */
#define NR_VALUES	8
#define L2_TSC_AUX	0x7e57f12	/* that no CPU has */

/* What the guest of each vCPU writes the n-th time; its own copy counts. */
static struct guest_msrs {
	u64 efer, star, lstar, sfmask, tsc_aux;
} values[HOP_VM_MAX_VCPUS][NR_VALUES];

static bool has_rdpid;
static bool gives_hosts;			/* see guest_has_the_hosts() */

static void write_msrs(u64 id, u64 n)
{
	const struct guest_msrs *v = &values[id][n % NR_VALUES];

	/* An L1 on SVM, and its L2, would end by an EFER without SVME. */
	wrmsr(MSR_EFER, v->efer | (rdmsr(MSR_EFER) & X86_EFER_SVME));
	wrmsr(MSR_STAR, v->star);
	wrmsr(MSR_LSTAR, v->lstar);
	wrmsr(MSR_SYSCALL_MASK, v->sfmask);
	wrmsr(MSR_TSC_AUX, v->tsc_aux);
}

/* As the kernel has it in user mode: the node above bit 12, the CPU below. */
static u64 right_tsc_aux(int *cpu)
{
	u32 here, node;

	TEST_ASSERT_OK(syscall(SYS_getcpu, &here, &node, NULL));
	*cpu = (int)here;
	return (u64)node << 12 | here;
}

static void compare(struct state_thread *t, const char *who)
{
	u64 want, again, aux, pid;
	int cpu;

	do {
		want = right_tsc_aux(&cpu);
		aux = rdtscp_aux();
		pid = has_rdpid ? read_pid() : aux;
		again = right_tsc_aux(&cpu);
	} while (want != again);
	t->values += 2;
	host_state_expect(who, "TSC_AUX", cpu, t->from, aux, want);
	host_state_expect(who, "TSC_AUX", cpu, t->from, pid, want);
}

/* Every third time: the other runs begin with what the guest has left. */
static int observe(struct state_thread *t, int vcpu_fd)
{
	if (vcpu_fd >= 0 && t->runs % 3 == 0) {
		vcpu_set_msr(vcpu_fd, MSR_TSC_AUX, values[t->index][t->runs % NR_VALUES].tsc_aux);
		compare(t, "behaviour, after KVM_SET_MSRS");
	}
	return state_observe(t, vcpu_fd, LOOKS, compare);
}

/* Every second time without SYSCALL, where KVM leaves out its MSRs. */
static struct guest_msrs own_values(u32 vcpu, u32 n)
{
	const u64 unique = (u64)vcpu << 8 | n;

	return (struct guest_msrs) {
		.efer = X86_EFER_LME | X86_EFER_LMA | (n & 1 ? 0 : X86_EFER_SCE),
		.star = 0x0023001000000000 | unique,
		.lstar = 0xffffffffc0de0000 | unique,
		.sfmask = 0x470000 | unique,
		.tsc_aux = 0x7e570000 | unique,
	};
}

/* The host's own, of each CPU in turn: nothing that could be told from the guest's. */
static void make_hosts(struct guest_msrs *v, u32 n)
{
	int cpu = allowed_cpu((int)n % nr_allowed_cpus());
	const struct hs_values *host;

	v->tsc_aux = (u64)numa_node_of(cpu) << 12 | (u32)cpu;
	if (!host_state_available())
		return;
	host = &host_state_baseline(cpu)->cpu_holds;
	v->star = host->value[HS_STAR];
	v->lstar = host->value[HS_LSTAR];
	v->sfmask = host->value[HS_SFMASK];
}

static void prepare(struct kvm_vcpu *vcpu)
{
	struct guest_msrs *v = values[vcpu->id];
	int id = (int)vcpu->id;

	for (u32 n = 0; n < NR_VALUES; n++) {
		v[n] = own_values(vcpu->id, n);
		if (gives_hosts) {
			make_hosts(&v[n], n);
			continue;
		}
		host_state_guest_value("STAR", id, v[n].star, ~0ULL);
		host_state_guest_value("LSTAR", id, v[n].lstar, ~0ULL);
		host_state_guest_value("SFMASK", id, v[n].sfmask, ~0ULL);
		host_state_guest_value("TSC_AUX", id, v[n].tsc_aux, ~0ULL);
	}
	sync_global_to_guest(vcpu->vm, values);
}

static const struct state_ops ops = {
	.guest_step = write_msrs,
	.prepare = prepare,
	.observe = observe,
};

static void guest_has_the_hosts(void)
{
	gives_hosts = true;
	state_between_runs(&ops, hop_vm_vcpus(), 0);
	gives_hosts = false;
}

static void write_tsc_aux(u64 id, u64 n)
{
	(void)id;
	(void)n;
	wrmsr(MSR_TSC_AUX, L2_TSC_AUX);
}

/*
 * KVM restores what it knows to differ: had L2 written past it, that would show where
 * L1's is the host's.  L1 lets L2 write all MSRs, and still those alone may reach the
 * CPU that a VM exit restores (nested_svm_merge_msrpm(), nested_vmx_prepare_msr_bitmap()).
 */
static void l1_has_the_hosts(void)
{
	struct state_ops l2_ops = ops;

	l2_ops.l2_step = write_tsc_aux;
	host_state_guest_value("TSC_AUX", 0, L2_TSC_AUX, ~0ULL);
	gives_hosts = true;
	state_with_l2(&l2_ops);
	gives_hosts = false;
}

static const struct subtest subtests[] = {
	STATE_SUBTESTS,
	{ "guest_has_the_hosts", guest_has_the_hosts },
	{ "l1_has_the_hosts", l1_has_the_hosts },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	state_use(&ops);
	TEST_REQUIRE(cpu_has_rdtscp(), "this CPU has no RDTSCP: nothing reads TSC_AUX");
	TEST_REQUIRE(guest_cpuid(0x80000001, 0, 3) >> 27 & 1 || guest_cpuid(7, 0, 2) >> 22 & 1,
		     "KVM gives guests neither RDTSCP nor RDPID");
	has_rdpid = cpu_has_rdpid();
	return test_run(subtests, ARRAY_SIZE(subtests));
}
