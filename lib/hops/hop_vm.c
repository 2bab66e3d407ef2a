// SPDX-License-Identifier: GPL-2.0-only
/* A VM whose vCPUs do nothing but hop. */
#include "cpus.h"
#include "hop_vm.h"
#include "x86/processor.h"

/*
 * A hop during a run waits for the scheduler twice, here and there, and for the
 * guest to count a round; one between runs waits for nothing.  That was ten times as
 * long on both emulators: so take a tenth of the hops, and every pair of CPUs.
 */
#define DURING_SHARE	10

/* The guest's copies count. */
static u64 rounds[VM_MAX_VCPUS], stop;

/** guest_exit_for_ever() - guest code: one UCALL_SYNC after the other */
void guest_exit_for_ever(void)
{
	for (u64 i = 0;; i++)
		GUEST_SYNC(i);
}

/**
 * guest_count_until_stopped() - guest code: rounds, each counted, with no exit
 * @id: the vCPU's: which of hop_vm_round()
 * @unused: second of the two arguments that guest code has
 *
 * May be run again after it was stopped, once *hop_vm_stop() is 0.
 */
void guest_count_until_stopped(u64 id, u64 unused)
{
	(void)unused;
	/* Bochs ends a run for a host's interrupt only where the guest takes some. */
	asm volatile("sti");
	for (;;) {
		while (!READ_ONCE(stop)) {
			WRITE_ONCE(rounds[id], rounds[id] + 1);
			cpu_relax();
		}
		GUEST_DONE();
	}
}

/** hop_vm_round() - host address of what vCPU @id counts up */
u64 *hop_vm_round(struct kvm_vm *vm, u32 id)
{
	return &(*guest_copy(vm, rounds))[id];
}

/** hop_vm_stop() - host address of what ends all of them when it is not 0 */
u64 *hop_vm_stop(struct kvm_vm *vm)
{
	return guest_copy(vm, stop);
}

/**
 * hop_vm_start_run() - a VM whose only vCPU stays inside KVM_RUN, on its own thread
 * @h: gets the vCPU; the rest may be set
 * @cpu: where it starts
 *
 * Returns when the guest has counted a round; false: it ended.
 */
bool hop_vm_start_run(struct hopper *h, int cpu)
{
	struct kvm_vm *vm = vm_create_with_one_vcpu(&h->vcpu, guest_count_until_stopped);

	h->round = hop_vm_round(vm, 0);
	hopper_start_run(h, cpu);
	return hopper_round(h);
}

/** hop_vm_end_run() - end that thread; the VM is the caller's to free */
void hop_vm_end_run(struct hopper *h)
{
	WRITE_ONCE(*hop_vm_stop(h->vcpu->vm), 1);
	hopper_join(h);
}

/** hop_vm_vcpus() - one for each allowed CPU, up to HOP_VM_MAX_VCPUS */
int hop_vm_vcpus(void)
{
	return nr_allowed_cpus() < HOP_VM_MAX_VCPUS ? nr_allowed_cpus() : HOP_VM_MAX_VCPUS;
}

static struct kvm_vm *vm_with_vcpus(struct kvm_vcpu **vcpus, int nr, void *guest_code)
{
	struct kvm_vm *vm = vm_create(VM_DEFAULT_MEM);

	for (int i = 0; i < nr; i++) {
		vcpus[i] = vm_vcpu_add(vm, (u32)i, guest_code);
		vcpu_args_set(vcpus[i], (u64)i, 0);
	}
	return vm;
}

/**
 * hop_vm_between_runs() - hop a VM's threads, each with a run on each CPU
 * @nr: how many vCPUs, at most VM_MAX_VCPUS
 * @hops: of all together
 * @check: called after each hop and exit, on the vCPU's thread
 * @more: called when they are done; while it returns true, and as long as hops
 *	succeed, the same again; may be NULL
 * @stats: receives the verified hops
 */
void hop_vm_between_runs(int nr, u64 hops, hop_check_fn check, bool (*more)(void),
			 struct hop_stats *stats)
{
	struct kvm_vcpu *vcpus[VM_MAX_VCPUS];
	struct kvm_vm *vm = vm_with_vcpus(vcpus, nr, guest_exit_for_ever);
	u64 before;

	do {
		before = stats->hops;
		migrate_threads_between_runs(vcpus, nr, hops, check, stats);
	} while (more && more() && stats->hops > before);
	kvm_vm_free(vm);
}

/**
 * hop_vm_during_runs_of() - hop_vm_during_runs() with the caller's VM
 * @vcpus: whose guests end in guest_count_until_stopped(), as L1 or as L2
 */
void hop_vm_during_runs_of(struct kvm_vcpu **vcpus, int nr, u64 hops, bool (*more)(void),
			   struct hop_stats *stats)
{
	u64 *rounds_hva[VM_MAX_VCPUS], *stop_hva = hop_vm_stop(vcpus[0]->vm), before;

	hops = hops_share(hops, DURING_SHARE, (u64)nr_cpu_pairs());
	for (int i = 0; i < nr; i++)
		rounds_hva[i] = hop_vm_round(vcpus[i]->vm, (u32)i);
	do {
		before = stats->hops;
		WRITE_ONCE(*stop_hva, 0);
		migrate_during_runs(vcpus, rounds_hva, stop_hva, nr, hops, stats);
	} while (more && more() && stats->hops > before);
}

/**
 * hop_vm_during_runs() - hop a VM's threads while their guests run
 * @nr: how many vCPUs, at most VM_MAX_VCPUS
 * @hops: as many as between runs would take the same time; a share of them is
 *	taken, but enough for every pair of CPUs where @hops is
 * @more: as above
 * @stats: receives the verified hops
 */
void hop_vm_during_runs(int nr, u64 hops, bool (*more)(void), struct hop_stats *stats)
{
	struct kvm_vcpu *vcpus[VM_MAX_VCPUS];
	struct kvm_vm *vm = vm_with_vcpus(vcpus, nr, guest_count_until_stopped);

	hop_vm_during_runs_of(vcpus, nr, hops, more, stats);
	kvm_vm_free(vm);
}
