// SPDX-License-Identifier: GPL-2.0-only
/* Threads that must find their state again after VM exits, and those beside them. */
#include <sched.h>

#include "hopper.h"
#include "observer.h"
#include "state_hop.h"
#include "x86/nested.h"
#include "x86/nested_check.h"
#include "x86/processor.h"

#define HOPS		2000		/* --hops sets it */
#define ROUND		4		/* steps of a guest that counts as one round */

/* How much longer a hop takes than a plain one between runs. */
#define BETWEEN_SHARE	16
#define BESIDE_SHARE	64
#define DURING_SHARE	80

static struct beside {
	pthread_t thread;
	int cpu;
	u64 preempted;
} besides[STATE_MAX_THREADS];

static struct state_thread threads[STATE_MAX_THREADS];
static const struct state_ops *state;
static struct hopper *hoppers;
static struct hop_stats stats;
static int nr_vcpus, nr_threads;
static bool stopped;
static u64 user_before, handled_before, interrupts_before;

/* The guest's copies count. */
static void (*guest_step)(u64 id, u64 n);
static u64 rounds[VM_MAX_VCPUS], stop;

static void guest_exits(u64 id, u64 unused)
{
	(void)unused;
	for (u64 n = 0;; n++) {
		guest_step(id, n);
		GUEST_SYNC(n);
	}
}

static void guest_counts(u64 id, u64 unused)
{
	(void)unused;
	/* Bochs ends a run for a host's interrupt only where the guest takes some. */
	asm volatile("sti");
	for (u64 n = 0; !READ_ONCE(stop); n++) {
		guest_step(id, n);
		WRITE_ONCE(rounds[id], n / ROUND);
		cpu_relax();
	}
	GUEST_DONE();
}

static void begin(struct state_thread *t)
{
	t->from = -1;
	if (state->begin)
		state->begin(t);
}

static int observe(struct state_thread *t, int vcpu_fd)
{
	int ret = state->observe(t, vcpu_fd);

	t->runs++;
	t->from = sched_getcpu();
	return ret;
}

static struct state_thread *thread_of(const struct hopper *h)
{
	return &threads[h->vcpu->id];
}

static void hopper_begins(struct hopper *h)
{
	begin(thread_of(h));
}

static int hopper_runs(struct hopper *h)
{
	return observe(thread_of(h), h->vcpu->fd);
}

static enum hop_seen hopper_stops(struct hopper *h)
{
	struct ucall uc;
	int ret;

	/* On each CPU twice: with what the run before has left there, too. */
	for (int i = 0; i < 2; i++) {
		do {
			ret = hopper_runs(h);
			h->vcpu->run->immediate_exit = 0;
		} while (ret == -EINTR);
		vcpu_check_run(h->vcpu, ret);
		if (vcpu_ucall(h->vcpu, &uc) != UCALL_SYNC)
			return HOP_ENDED;
	}
	return HOP_VERIFIED;
}

static void *look_on(void *data)
{
	struct beside *b = data;
	struct state_thread *t = &threads[b - besides];
	u64 before;

	migrate_self(b->cpu);
	begin(t);
	before = involuntary_switches();
	while (!READ_ONCE(stopped))
		observe(t, -1);
	b->preempted = involuntary_switches() - before;
	return NULL;
}

/*
 * They are there first, and look on from the first run.  Where there are too few of
 * them for all CPUs they are spread over them, and the seed decides on which.
 */
static void start_beside(int beside)
{
	int cpus = nr_allowed_cpus(), nr = cpus * beside, room = STATE_MAX_THREADS - nr_vcpus;
	int first = (int)(test_options.seed % (u64)cpus);

	if (nr > room)
		nr = room;
	stopped = false;
	nr_threads = nr_vcpus;
	for (int i = 0; i < nr; i++) {
		struct beside *b = &besides[nr_threads++];

		b->cpu = allowed_cpu((int)((s64)i * cpus / nr + first) % cpus);
		errno = pthread_create(&b->thread, NULL, look_on, b);
		TEST_RESOURCE(!errno, "not enough threads");
	}
}

static struct kvm_vm *make_vm(const struct state_ops *ops, int nr, u64 hops, void *guest_code)
{
	struct kvm_vcpu *vcpus[VM_MAX_VCPUS];
	struct kvm_vm *vm = vm_create(VM_DEFAULT_MEM);

	struct host_state_guard totals;

	state = ops;
	host_state_user(true);
	host_state_guard_totals(&totals);
	user_before = totals.user;
	handled_before = totals.handled;
	interrupts_before = totals.interrupts;
	guest_step = ops->guest_step;
	sync_global_to_guest(vm, guest_step);
	memset(threads, 0, sizeof(threads));
	memset(besides, 0, sizeof(besides));
	hop_stats_clear(&stats);
	nr_vcpus = nr;
	for (int i = 0; i < nr; i++) {
		vcpus[i] = vm_vcpu_add(vm, (u32)i, guest_code);
		vcpu_args_set(vcpus[i], (u64)i, 0);
		threads[i].run = vcpus[i]->run;
		if (ops->prepare)
			ops->prepare(vcpus[i]);
	}
	for (int i = 0; i < STATE_MAX_THREADS; i++)
		threads[i].index = i;
	hoppers = hoppers_alloc(vcpus, nr, hops, test_options.seed, &stats);
	for (int i = 0; i < nr; i++) {
		hoppers[i].begin = hopper_begins;
		hoppers[i].stop = hopper_stops;
		hoppers[i].run = hopper_runs;
		hoppers[i].round = &(*guest_copy(vm, rounds))[i];
	}
	return vm;
}

/* On how many CPUs there was a thread beside the others, of how many. */
static void report_beside(void)
{
	bool *seen = calloc((size_t)nr_cpu_ids(), sizeof(*seen));
	int cpus = 0;

	TEST_RESOURCE(seen, "not enough memory for %d CPUs", nr_cpu_ids());
	for (int i = nr_vcpus; i < nr_threads; i++) {
		cpus += seen[besides[i].cpu] ? 0 : 1;
		seen[besides[i].cpu] = true;
	}
	if (nr_threads > nr_vcpus)
		test_count("beside=%d cpus_beside=%d cpus_all=%d", nr_threads - nr_vcpus, cpus,
			   nr_allowed_cpus());
	free(seen);
}

static void finish(struct kvm_vm *vm)
{
	u64 runs = 0, values = 0, interrupted = 0, looks = 0, preempted = 0;
	struct host_state_guard totals;

	for (int i = 0; i < nr_vcpus; i++) {
		hopper_join(&hoppers[i]);
		runs += threads[i].runs;
		interrupted += hoppers[i].interrupted;
	}
	WRITE_ONCE(stopped, true);
	for (int i = nr_vcpus; i < nr_threads; i++) {
		test_progress("end of thread", i, -1);
		pthread_join(besides[i].thread, NULL);
		looks += threads[i].runs;
		preempted += besides[i].preempted;
	}
	for (int i = 0; i < nr_threads; i++) {
		values += threads[i].values;
		if (state->end)
			state->end(&threads[i]);
	}
	report_beside();
	host_state_user(false);
	host_state_guard_totals(&totals);
	test_count("runs=%llu values=%llu looks=%llu interrupted=%llu preempted=%llu", runs,
		   values, looks, interrupted, preempted);
	test_count("handled=%llu interrupts=%llu user=%llu", totals.handled - handled_before,
		   totals.interrupts - interrupts_before, totals.user - user_before);
	if (host_state_guard_mode() != HOST_STATE_GUARD_OFF && totals.user == user_before)
		subtest_inconclusive("no return to user mode was looked at");
	if (host_state_guard_mode() != HOST_STATE_GUARD_OFF && totals.handled == handled_before)
		subtest_inconclusive("nothing was looked at while KVM handled an exit");
	if (host_state_guard_mode() != HOST_STATE_GUARD_OFF && totals.exits_are_certain &&
	    totals.interrupts == interrupts_before)
		subtest_inconclusive("nothing was looked at in an interrupt after an exit");
	if (!values)
		subtest_inconclusive("no value was compared");
	if (nr_threads > nr_vcpus && !preempted)
		subtest_inconclusive("none of the threads beside was preempted");
	hop_stats_report(&stats);
	hoppers_free(hoppers, nr_vcpus);
	kvm_vm_free(vm);
}

/* As many as take the time of plain ones, but enough for every pair where those are. */
static u64 hops_by_share(u64 share)
{
	return hops_share(default_hops(HOPS), share, hop_plan_all());
}

/** state_without_guest() - that the test and this kernel agree, on each CPU */
void state_without_guest(const struct state_ops *ops)
{
	struct state_thread t = { .index = 0 };

	state = ops;
	for (int i = 0; i < nr_allowed_cpus(); i++) {
		migrate_self(allowed_cpu(i));
		begin(&t);
		observe(&t, -1);
		if (ops->end)
			ops->end(&t);
	}
	test_count("cpus=%d values=%llu", nr_allowed_cpus(), t.values);
}

/**
 * state_between_runs() - hop threads, and compare after each run
 * @ops: the state
 * @nr: how many threads with a vCPU
 * @beside: how many without, on each CPU
 *
 * A share of the hops that plain ones would be, but enough for every pair of CPUs
 * where those are.
 */
void state_between_runs(const struct state_ops *ops, int nr, int beside)
{
	u64 hops = hops_by_share(beside ? BESIDE_SHARE : BETWEEN_SHARE);
	struct kvm_vm *vm = make_vm(ops, nr, hops, guest_exits);

	start_beside(beside);
	for (int i = 0; i < nr; i++)
		hopper_start(&hoppers[i]);
	finish(vm);
}

/**
 * state_with_l2() - the same of one thread whose vCPU has an L2
 *
 * KVM restores the host after an exit of L2 by the same functions as after one of L1,
 * but with another VMCS or VMCB, and with is_guest_mode() at hand to go wrong by.
 * Skips the subtest without nested_supported().
 */
void state_with_l2(const struct state_ops *ops)
{
	u64 hops = hops_by_share(BETWEEN_SHARE), before = nested_entries();
	struct kvm_vm *vm;

	SUBTEST_REQUIRE(nested_supported(), "KVM gives guests no VMX or SVM");
	vm = make_vm(ops, 1, hops, state_l1_code);
	state_l1_prepare(hoppers[0].vcpu, ops);
	start_beside(0);
	hopper_start(&hoppers[0]);
	finish(vm);
	nested_check_guarded(stats.hops, "hops", nested_entries() - before);
}

/**
 * state_during_runs() - hop and interrupt threads while their guests run
 * @ops: the state
 * @nr: how many threads with a vCPU
 * @beside: how many without, on each CPU: they preempt the others inside KVM_RUN
 *
 * As many hops as above.  Every second one comes with a signal, after which that
 * thread compares.
 */
void state_during_runs(const struct state_ops *ops, int nr, int beside)
{
	u64 hops = hops_by_share(DURING_SHARE);
	struct kvm_vm *vm = make_vm(ops, nr, hops, guest_counts);
	bool running = true;

	start_beside(beside);
	for (int i = 0; i < nr; i++)
		hopper_start_run(&hoppers[i], hop_plan_first(&hoppers[i].plan));
	for (int i = 0; i < nr; i++)
		running &= hopper_round(&hoppers[i]);
	for (u64 i = 0; i < hops && running; i++) {
		struct hopper *h = &hoppers[i % (u64)nr];
		int to = hop_plan_next(&h->plan);

		if (!hop_time_is_left(i / (u64)nr, (u64)h->plan.must))
			break;
		test_progress("hop during a run, with state of its own, to cpu", to, (s64)i);
		if (i & 1)
			hopper_kick(h);
		running = hopper_move(h, to);
	}
	WRITE_ONCE(*guest_copy(vm, stop), 1);
	finish(vm);
}
