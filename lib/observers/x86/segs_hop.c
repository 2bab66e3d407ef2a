// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that hop with segments of their own, and look at them after each run.
 *
 * The values differ from thread to thread and, on one CPU, from run to run:
 * what another thread, CPU or run has left behind is never right by chance.
 */
#include <fcntl.h>

#include "hop_vm.h"
#include "observer.h"
#include "x86/processor.h"
#include "x86/segments.h"

#define FAR_APART	BIT_ULL(34)	/* 2^13 of them are canonical */

#define IN_LDT		(BIT_ULL(SEGS_FS_IN_LDT) | BIT_ULL(SEGS_GS_IN_LDT))
#define IN_TLS		(BIT_ULL(SEGS_FS_IN_TLS) | BIT_ULL(SEGS_GS_IN_TLS))

static struct segs_thread {
	int index;
	u64 runs, values, calls;
	bool own_tls;		/* 32-bit calls give it an entry in the GDT */
	int ldt, tls;		/* selectors of the segments at these words */
	u64 ldt_word, tls_word;
} threads[HOP_VM_MAX_VCPUS];	/* below 4 GiB, as it has to be */

static u32 kinds, entries;	/* masks of enum kind and enum compat_entry */
static int state_fd;
static const char * const entry_names[] = { "INT 0x80", "SYSENTER", "SYSCALL" };

static struct user_segs segs_for(const struct segs_thread *t, enum segs_kind kind)
{
	u64 unique = (u64)(t->index + 1) << 8 | (t->runs & 0xff);
	u64 ldt_base = gva_of(t->ldt_word), tls_base = gva_of(t->tls_word);
	/* None of them, and each alone: one must not need the other. */
	struct user_segs segs = {
		.ds = t->runs % 3 == 1 ? USER_DATA_SELECTOR : 0,
		.es = t->runs % 3 == 2 ? USER_DATA_SELECTOR : 0,
		.fs_base = unique * (FAR_APART + 16),
		.gs_base = unique * (FAR_APART + 16) + FAR_APART / 2,
		.by_instruction = kind == SEGS_BY_INSTRUCTION,
	};

	switch (kind) {
	case SEGS_FS_IN_LDT:
		return (struct user_segs) {
			.fs = (u16)t->ldt, .fs_base = ldt_base, .fs_word = t->ldt_word,
			.gs = (u16)t->tls, .gs_base = tls_base, .gs_word = t->tls_word,
			.ds = (u16)t->ldt, .es = USER_DATA_SELECTOR,
		};
	case SEGS_GS_IN_LDT:
		return (struct user_segs) {
			.fs = (u16)t->tls, .fs_base = tls_base, .fs_word = t->tls_word,
			.gs = (u16)t->ldt, .gs_base = ldt_base, .gs_word = t->ldt_word,
			.ds = USER_DATA_SELECTOR, .es = (u16)t->ldt,
		};
	case SEGS_FS_IN_TLS:
		segs.fs = (u16)t->tls;
		segs.fs_base = tls_base;
		segs.fs_word = t->tls_word;
		return segs;
	case SEGS_GS_IN_TLS:
		segs.gs = (u16)t->tls;
		segs.gs_base = tls_base;
		segs.gs_word = t->tls_word;
		return segs;
	default:
		return segs;
	}
}

/* To load a segment of an LDT that is lost would be the test's end.  LSL does not fault. */
static bool check_ldt(struct segs_thread *t, int cpu, int from)
{
	u64 limit = 0;

	asm volatile("lsl %1, %0" : "+r"(limit) : "r"((u64)t->ldt) : "cc");
	t->values++;
	return host_state_expect("user mode", "LDT_LIMIT", cpu, from, limit, sizeof(u64) - 1);
}

/* A stop on a CPU: each kind of segments in turn, then 32-bit system calls. */
static enum hop_seen stop_with_segs(struct hopper *h)
{
	struct segs_thread *t = h->data;
	struct user_segs want, got;
	int from = h->from;
	struct host_state hs;
	struct ucall uc;
	int ret;

	for (enum segs_kind kind = 0; kind < NR_SEGS_KINDS; kind++) {
		if (!(kinds >> kind & 1))
			continue;
		want = segs_for(t, kind);
		ret = segs_observe(h->vcpu ? h->vcpu->fd : -1, state_fd, &want, &got, &hs);
		if (h->vcpu)
			vcpu_check_run(h->vcpu, ret);
		errno = -ret;
		TEST_ASSERT(!ret, "the snapshot on cpu %d", h->cpu);
		t->values += (u64)segs_check(&got, &want, h->cpu, from);
		if (state_fd >= 0)
			t->values += (u64)segs_check_snapshot(&hs, &want, h->cpu, from);
		if (h->vcpu && get_ucall(h->vcpu, &uc) != UCALL_SYNC) {
			subtest_fail("cpu %d: not UCALL_SYNC but ucall %llu", h->cpu, uc.cmd);
			return HOP_ENDED;
		}
		if (kinds & IN_LDT && !check_ldt(t, h->cpu, from))
			return HOP_ENDED;
		t->runs++;
		from = h->cpu;
	}
	for (enum compat_entry entry = COMPAT_INT80; entry <= COMPAT_SYSCALL; entry++) {
		if (!(entries >> entry & 1))
			continue;
		t->calls++;
		if (compat_call(entry, I386_GETTID, 0) != gettid())
			subtest_fail("cpu %d: wrong result of a 32-bit gettid, by %s", h->cpu,
				     entry_names[entry]);
	}
	return HOP_VERIFIED;
}

static void on_begin(struct hopper *h)
{
	struct segs_thread *t = h->data;

	/* The watchdog's alarm is the main thread's. */
	segs_block_signals();
	if (t->own_tls)
		t->tls = tls_set(&t->tls_word, sizeof(u64));
	TEST_ASSERT(t->tls >= 0, "set_thread_area() by INT 0x80: %d", t->tls);
}

/*
 * The LDT stays as it is while any vCPU runs, for what KVM on SVM makes of a change
 * is a subtest of its own: ldt_changed_during_run.
 */
static void prepare(struct segs_thread *t, int index)
{
	memset(t, 0, sizeof(*t));
	t->index = index;
	t->ldt_word = 0x1d70000ULL + (u64)index;
	t->tls_word = 0x7150000ULL + (u64)index;
	t->own_tls = !compat_why_not(COMPAT_INT80);
	if (kinds & IN_LDT) {
		t->ldt = ldt_set(2 * index, &t->ldt_word, sizeof(u64));
		/* Until it has one of its own. */
		t->tls = ldt_set(2 * index + 1, &t->tls_word, sizeof(u64));
	}
}

/** segs_kinds() - those of @wanted, a mask of enum segs_kind, that work here */
u32 segs_kinds(u32 wanted)
{
	if (!cpu_has_fsgsbase())
		wanted &= ~(1U << SEGS_BY_INSTRUCTION);
	/*
	 * Without FSGSBASE the kernel takes the base of a selector that is not null
	 * for 0, and KVM on VMX writes that into the MSR after it loaded GS.
	 */
	if (kvm_vendor() == HOST_STATE_VMX && !cpu_has_fsgsbase())
		wanted &= ~(IN_LDT | IN_TLS);
	if (!ldt_supported())
		wanted &= ~IN_LDT;
	if (compat_why_not(COMPAT_INT80))
		wanted &= ~IN_TLS;
	return wanted;
}

/**
 * segs_hop_vcpus() - hop threads with segments of their own, verify them, and report
 * @vcpus: whose guests call GUEST_SYNC() for ever; NULL for a thread that has none
 * @nr: how many threads, at most HOP_VM_MAX_VCPUS
 * @hops: of all together
 * @with: mask of enum segs_kind, of those that segs_kinds() returned: each is
 *	taken at each stop, with a run of its own
 * @calls: mask of enum compat_entry: a 32-bit system call by each, after the runs
 */
void segs_hop_vcpus(struct kvm_vcpu **vcpus, int nr, u64 hops, u32 with, u32 calls)
{
	u64 runs = 0, values = 0, nr_calls = 0;
	static struct hop_stats stats;
	struct hopper *hoppers;

	/* Without the module, what user mode sees is still compared. */
	state_fd = host_state_available() ? open(HOST_STATE_DEVICE, O_RDONLY | O_CLOEXEC) : -1;
	kinds = with;
	entries = calls;
	hop_stats_clear(&stats);
	hoppers = hoppers_alloc(vcpus, nr, hops, test_options.seed, &stats);
	for (int i = 0; i < nr; i++)
		prepare(&threads[i], i);
	for (int i = 0; i < nr; i++) {
		hoppers[i].data = &threads[i];
		hoppers[i].begin = on_begin;
		hoppers[i].stop = stop_with_segs;
		hopper_start(&hoppers[i]);
	}
	for (int i = 0; i < nr; i++) {
		hopper_join(&hoppers[i]);
		runs += vcpus[i] ? threads[i].runs : 0;
		values += threads[i].values;
		nr_calls += threads[i].calls;
	}
	hoppers_free(hoppers, nr);
	for (int i = 0; i < 2 * nr && kinds & IN_LDT; i++)
		ldt_clear(i);
	test_count("runs=%llu values=%llu calls32=%llu", runs, values, nr_calls);
	hop_stats_report(&stats);
	if (state_fd >= 0)
		close(state_fd);
}

/**
 * segs_hop() - segs_hop_vcpus() with a VM for it
 * @guest_code: what vCPUs run; NULL: nothing, which shows that the kernel without
 *	KVM agrees
 */
void segs_hop(int nr, u64 hops, void *guest_code, u32 with, u32 calls)
{
	struct kvm_vm *vm = guest_code ? vm_create(VM_DEFAULT_MEM) : NULL;
	struct kvm_vcpu *vcpus[HOP_VM_MAX_VCPUS] = { };

	for (u32 i = 0; vm && i < (u32)nr; i++) {
		vcpus[i] = vm_vcpu_add(vm, i, guest_code);
		vcpu_may_leave_long_mode(vcpus[i]);
	}
	segs_hop_vcpus(vcpus, nr, hops, with, calls);
	if (vm)
		kvm_vm_free(vm);
}
