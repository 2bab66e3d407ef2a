// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest that writes TSC_AUX and the MSRs of SYSCALL all the time: values of its own,
 * or those that the host has on each of its CPUs.
 */
#include "cpus.h"
#include "numa_util.h"
#include "observer.h"
#include "x86/msrs_guest.h"
#include "x86/nested.h"
#include "x86/user_state.h"

#define NR_VALUES	8

/* What the guest of each vCPU writes the n-th time; its own copy counts. */
static struct guest_msrs {
	u64 efer, star, lstar, sfmask, tsc_aux;
} values[VM_MAX_VCPUS][NR_VALUES];

static bool gives_hosts;

/** msrs_guest_step() - guest: write them for the @n-th time; see struct state_ops */
void msrs_guest_step(u64 id, u64 n)
{
	const struct guest_msrs *v = &values[id][n % NR_VALUES];

	/* An L1 on SVM, and its L2, would end by an EFER without SVME. */
	wrmsr(MSR_EFER, v->efer | (rdmsr(MSR_EFER) & X86_EFER_SVME));
	wrmsr(MSR_STAR, v->star);
	wrmsr(MSR_LSTAR, v->lstar);
	wrmsr(MSR_SYSCALL_MASK, v->sfmask);
	wrmsr(MSR_TSC_AUX, v->tsc_aux);
}

/** msrs_guest_tsc_aux() - what vCPU @id writes there the @n-th time */
u64 msrs_guest_tsc_aux(u64 id, u64 n)
{
	return values[id][n % NR_VALUES].tsc_aux;
}

/*
 * Every second time without SYSCALL, where KVM leaves out its MSRs.  STAR is unlike the
 * host's in its lower half, which most guests have as 0 and VMs may, or in its upper.
 */
static struct guest_msrs own_values(u32 vcpu, u32 n)
{
	const u64 unique = (u64)vcpu << 8 | n;

	return (struct guest_msrs) {
		.efer = X86_EFER_LME | X86_EFER_LMA | (n & 1 ? 0 : X86_EFER_SCE),
		.star = n & 2 ? 0x0033001000000000 | unique << 48 : 0x0023001000000000 | unique,
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
	v->tsc_aux = host->value[HS_TSC_AUX];
	v->star = host->value[HS_STAR];
	v->lstar = host->value[HS_LSTAR];
	v->sfmask = host->value[HS_SFMASK];
}

/** msrs_guest_prepare() - before the guest of @vcpu starts; see struct state_ops */
void msrs_guest_prepare(struct kvm_vcpu *vcpu)
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

/** msrs_guest_use_hosts() - whether guests that start from now on write the host's values */
void msrs_guest_use_hosts(bool hosts)
{
	gives_hosts = hosts;
}
