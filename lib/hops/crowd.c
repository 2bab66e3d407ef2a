// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads in the middle of KVM_RUN, several on each CPU: they preempt each other.
 *
 * They do so where several are on a CPU, not by being many.  So a big machine's
 * CPUs have their turn in groups.
 */
#include <sys/syscall.h>
#if __has_include("sys/rseq.h")
#include <sys/rseq.h>
#endif

#include "cpus.h"
#include "crowd.h"
#include "hop_vm.h"
#include "x86/processor.h"

#define RSEQ_SIZE	32	/* that is registered, however much of it is used */

/** crowd_groups() - in how many groups all allowed CPUs have their turn */
int crowd_groups(void)
{
	return (nr_allowed_cpus() + CROWD_CPUS - 1) / CROWD_CPUS;
}

/** crowd_cpus() - take those of one group: of all nodes, if there are several */
void crowd_cpus(struct crowd *c, int group)
{
	c->nr_cpus = 0;
	for (int i = group; i < nr_allowed_cpus(); i += crowd_groups())
		c->cpus[c->nr_cpus++] = allowed_cpu(i);
}

/*
 * glibc gives each thread an area where older kernels write after each preemption,
 * inside KVM_RUN too: they open user memory and close it, before anybody sees that it was
 * open already.  A thread may do without.
 */
static void drop_rseq(void)
{
#ifdef RSEQ_SIG
	char *thread;

	asm("mov %%fs:0, %0" : "=r"(thread));
	syscall(SYS_rseq, thread + __rseq_offset, RSEQ_SIZE, RSEQ_FLAG_UNREGISTER, RSEQ_SIG);
#endif
}

static void thread_begins(struct hopper *h)
{
	const struct crowd *c = h->data;

	drop_rseq();
	if (c->begin)
		c->begin(h);
}

/**
 * crowd_start() - start its threads; false if a guest ended at once
 *
 * Every second VM's guests have a steal time, where KVM writes that they were preempted:
 * user memory is open to it then (kvm_steal_time_set_preempted()).  The others have none,
 * for KVM writes it as well before it enters one, and closes user memory in the end.
 */
bool crowd_start(struct crowd *c)
{
	bool running = true;

	c->nr = c->nr_cpus * c->per_cpu;
	for (int i = 0; i < c->nr; i++) {
		struct kvm_vm **vm = &c->vms[i / c->nr_cpus];
		struct hopper *h = &c->threads[i];
		u32 id = (u32)(i % c->nr_cpus);

		if (!id)
			*vm = vm_create(VM_DEFAULT_MEM);
		h->vcpu = vm_vcpu_add(*vm, id, guest_count_until_stopped);
		vcpu_args_set(h->vcpu, id, 0);
		if (i / c->nr_cpus % 2)
			vcpu_enable_steal_time(h->vcpu);
		h->stats = c->stats;
		h->round = hop_vm_round(*vm, id);
		h->data = c;
		h->begin = thread_begins;
		h->eintr = c->eintr;
		hop_plan_among(&h->plan, c->cpus, c->nr_cpus, test_options.seed, i, c->nr);
		hopper_start_run(h, c->hops ? hop_plan_first(&h->plan) : c->cpus[id]);
		running &= hopper_round(h);
	}
	return running;
}

/**
 * crowd_hop() - hop one of its threads after the other
 * @hops: of all together
 * @kick: another thread gets a signal at the same time
 *
 * Returns false if a guest ended.
 */
bool crowd_hop(struct crowd *c, u64 hops, bool kick)
{
	for (u64 i = 0; i < hops; i++) {
		int n = (int)(i % (u64)c->nr);

		test_progress("hop of thread", n, (s64)i);
		if (kick)
			hopper_kick(&c->threads[(n + 1) % c->nr]);
		if (!hopper_move(&c->threads[n], hop_plan_next(&c->threads[n].plan)))
			return false;
	}
	return true;
}

/** crowd_stop() - end its threads, count, and free its VMs */
void crowd_stop(struct crowd *c)
{
	for (int i = 0; i < c->per_cpu; i++)
		WRITE_ONCE(*hop_vm_stop(c->vms[i]), 1);
	for (int i = 0; i < c->nr; i++) {
		hopper_join(&c->threads[i]);
		hop_plan_free(&c->threads[i].plan);
		c->preempted += c->threads[i].preempted;
		c->interrupted += c->threads[i].interrupted;
	}
	for (int i = 0; i < c->per_cpu; i++)
		kvm_vm_free(c->vms[i]);
}
