// SPDX-License-Identifier: GPL-2.0-only
/* The module's device: what this CPU holds, and where the tables of all CPUs are. */
#include <fcntl.h>
#include <sys/ioctl.h>

#include "cpus.h"
#include "kvm_util.h"
#include "observer.h"
#include "x86/desc.h"
#include "x86/processor.h"

#define BASELINE_TRIES	100

static int device = -1;
static char why_not[200] = "the observers were not opened";
static struct table_addresses tables;		/* arrays of nr_cpu_ids() */
static struct host_state *baseline;		/* the same */
static int vm_of_baseline = -1;

/** host_state_available() - whether the module is there, and ours to use */
bool host_state_available(void)
{
	return device >= 0;
}

/** host_state_why_not() - if it is not, the reason */
const char *host_state_why_not(void)
{
	return why_not;
}

/** host_state_fd() - the open device, -1 where host_state_available() is false */
int host_state_fd(void)
{
	return device;
}

/** host_state_tss() - the cpu_entry_area TSS of @cpu; 0: not known */
u64 host_state_tss(int cpu)
{
	return tables.tss ? tables.tss[cpu] : 0;
}

/** host_state_tables() - where all CPUs' tables are; no arrays without the module */
const struct table_addresses *host_state_tables(void)
{
	return &tables;
}

/**
 * host_state_fetch() - one of the device's arrays
 * @cmd: an ioctl that takes a struct host_state_array
 * @to: receives the elements
 * @room: for so many
 *
 * Returns how many there are.
 */
u32 host_state_fetch(unsigned long cmd, void *to, u32 room)
{
	struct host_state_array array = { .address = (u64)(uintptr_t)to, .nr = room };

	if (device < 0)
		return 0;
	TEST_ASSERT_OK(ioctl(device, cmd, &array));
	return array.nr;
}

static void read_tables(void)
{
	u32 nr = (u32)nr_cpu_ids();
	struct host_state_tables *all = calloc(nr, sizeof(*all));
	u64 *arrays = calloc(3 * (size_t)nr, sizeof(*arrays));

	TEST_RESOURCE(all && arrays, "not enough memory for the tables of %u CPUs", nr);
	host_state_fetch(HOST_STATE_TABLES_GET, all, nr);
	for (u32 i = 0; i < nr; i++) {
		arrays[i] = all[i].tss;
		arrays[nr + i] = all[i].direct_map_tss;
		arrays[2 * nr + i] = all[i].direct_map_gdt;
	}
	tables = (struct table_addresses) { arrays, arrays + nr, arrays + 2 * nr };
	free(all);
}

/*
 * What another vCPU's thread has left in the system call MSRs goes when this
 * thread returns to user mode: the next snapshot has them.
 */
static void read_baseline_of(int cpu)
{
	struct host_state *hs = &baseline[cpu];

	migrate_self(cpu);
	for (int i = 0; i < BASELINE_TRIES; i++) {
		host_state_snapshot(hs);
		if (host_state_has(hs->cpu_holds.mask, HS_STAR))
			return;
	}
	test_diag("cpu %d: other VMs leave it no system call MSRs of its own; not compared there",
		  cpu);
}

/*
 * The state of every CPU before this process ran a guest: what is right there,
 * and what to recognize a stale value by.
 */
static void read_baseline(void)
{
	/*
	 * SVM shows the hidden state only while a VM exists.  It stays open.  Where
	 * another hypervisor than KVM is watched there may be no /dev/kvm.
	 */
	if (!access("/dev/kvm", F_OK)) {
		vm_of_baseline = ioctl(kvm_dev_fd(), KVM_CREATE_VM, 0);
		TEST_RESOURCE(vm_of_baseline >= 0, "KVM_CREATE_VM");
	}
	baseline = calloc((size_t)nr_cpu_ids(), sizeof(*baseline));
	TEST_RESOURCE(baseline, "not enough memory for the state of %d CPUs", nr_cpu_ids());
	for (int i = 0; i < nr_allowed_cpus(); i++)
		read_baseline_of(allowed_cpu(i));
	migrate_restore();
}

/**
 * host_state_let_kvm_go() - keep nothing of KVM open: its modules may be unloaded
 *
 * For a process that has no VM itself; on SVM its snapshots lack the hidden state then.
 */
void host_state_let_kvm_go(void)
{
	if (vm_of_baseline >= 0)
		close(vm_of_baseline);
	vm_of_baseline = -1;
	kvm_close();
}

/** host_state_baseline() - the snapshot of @cpu from before the first guest */
const struct host_state *host_state_baseline(int cpu)
{
	return &baseline[cpu];
}

/**
 * host_state_fred() - whether this host takes events by FRED
 *
 * Then no stack comes from a TSS and there is no IDT: TR leads to the I/O
 * permissions alone.  Not known without the module.
 */
bool host_state_fred(void)
{
	return host_state_available() &&
	       host_state_baseline(allowed_cpu(0))->cpu_holds.value[HS_CR4] & X86_CR4_FRED;
}

/* Then KVM's VMCSs are plain memory, for Hyper-V to read: VMREAD finds none. */
static bool vmcs_is_enlightened(void)
{
	FILE *file = fopen("/sys/module/kvm_intel/parameters/enlightened_vmcs", "r");
	bool yes = file && fgetc(file) == 'Y';

	if (file)
		fclose(file);
	return yes;
}

static const char enlightened[] =
	"VMREAD does not see Hyper-V's enlightened VMCSs: use kvm_intel enlightened_vmcs=0";

const char host_state_stale[] =
	"the loaded module kvm_host_state is of another version: rmmod it, and build both anew";

static bool is_absent(void)
{
	return errno == ENOENT || errno == ENODEV || errno == ENXIO;
}

static void give_up(const char *reason)
{
	close(device);
	device = -1;
	snprintf(why_not, sizeof(why_not), "%s", reason);
}

/**
 * host_state_fits() - whether the loaded module speaks as this test was built to
 * @fd: its device, open
 */
bool host_state_fits(int fd)
{
	struct host_state hs;

	return read(fd, &hs, sizeof(hs)) == sizeof(hs) && hs.version == HOST_STATE_VERSION &&
	       hs.size == sizeof(hs);
}

/**
 * host_state_open() - open the module's device and set the guard
 *
 * Where the module is not there, or not ours to use, host_state_available() is
 * false afterwards.
 */
void host_state_open(void)
{
	int error = -ENOENT;

	device = open(HOST_STATE_DEVICE, O_RDWR | O_CLOEXEC);
	if (device < 0 && is_absent() && !geteuid()) {
		error = own_module_load();
		device = error ? -1 : open(HOST_STATE_DEVICE, O_RDWR | O_CLOEXEC);
	}
	if (device < 0 && error != -ENOENT) {
		snprintf(why_not, sizeof(why_not),
			 "the module kvm_host_state beside the test does not load: %s",
			 strerror(error ? -error : errno));
		return;
	}
	if (device < 0 && is_absent()) {
		give_up("no " HOST_STATE_DEVICE ": the module kvm_host_state is not loaded");
		return;
	}
	if (device < 0 && (errno == EACCES || errno == EPERM)) {
		give_up("no permission for " HOST_STATE_DEVICE ": needs root, and no lockdown");
		return;
	}
	TEST_ASSERT(device >= 0, "cannot open " HOST_STATE_DEVICE);
	if (vmcs_is_enlightened()) {
		give_up(enlightened);
		return;
	}
	if (!host_state_fits(device)) {
		give_up(host_state_stale);
		return;
	}
	read_tables();
	read_baseline();
	if (host_state_guard(test_options.guard))
		return;
	if (errno == EOPNOTSUPP) {
		give_up("this kernel has CFI, and is too old to tell the type of KVM's tracepoint");
		return;
	}
	TEST_ASSERT(errno == EBUSY, "cannot set the entry guard");
	give_up("the entry guard is in use by another process: one test or watch at a time");
}

/** host_state_snapshot() - one read(): the state of the CPU that this runs on */
void host_state_snapshot(struct host_state *hs)
{
	ssize_t size = read(device, hs, sizeof(*hs));

	TEST_ASSERT(size == sizeof(*hs), "a snapshot of %zd bytes", size);
}

static int check_tr(const struct host_state_tr *tr, int cpu, int from_cpu)
{
	struct desc64 desc;
	int nr = 0;

	migrate_was_on((int)tr->cpu, cpu);
	if (tr->has & HOST_STATE_TR_HOLDS) {
		host_state_expect("snapshot", "TR_BASE", cpu, from_cpu, tr->cpu_holds,
				  tr->cea_tss);
		nr++;
	}
	if (tr->has & HOST_STATE_TR_LOADS) {
		host_state_expect("snapshot", "HOST_TR_BASE", cpu, from_cpu, tr->exit_loads,
				  tr->cea_tss);
		nr++;
	}
	memcpy(&desc, tr->tss_desc, sizeof(desc));
	host_state_expect("snapshot", "TSS_DESC_BASE", cpu, from_cpu,
			  get_desc64_base(&desc), tr->cea_tss);
	host_state_guard_saw(tr->guard_wrong);
	return nr;
}

/**
 * host_state_check_tr() - assert the host's TR base after a hop
 * @hs: a snapshot taken after the vCPU's exit, on the vCPU's thread
 * @cpu: where the thread is now
 * @from_cpu: where it was before, or -1
 *
 * Compared with the cpu_entry_area TSS of @cpu: the base that the CPU holds
 * (SVM, by VMSAVE), the base that the next VM exit will load (VMX, by VMREAD)
 * and the base in the GDT's descriptor.  Returns how many of the first two,
 * the hidden ones, could be compared.
 */
int host_state_check_tr(const struct host_state *hs, int cpu, int from_cpu)
{
	struct host_state_tr tr = {
		.cpu = hs->cpu,
		.guard_wrong = hs->guard_wrong,
		.cea_tss = hs->cea_tss,
		.tss_desc = { hs->tss_desc[0], hs->tss_desc[1] },
		.cpu_holds = hs->cpu_holds.value[HS_TR_BASE],
		.exit_loads = hs->exit_loads.value[HS_TR_BASE],
	};

	if (host_state_has(hs->cpu_holds.mask, HS_TR_BASE))
		tr.has |= HOST_STATE_TR_HOLDS;
	if (host_state_has(hs->exit_loads.mask, HS_TR_BASE))
		tr.has |= HOST_STATE_TR_LOADS;
	return check_tr(&tr, cpu, from_cpu);
}

/** hop_vm_check_tr() - hop_check_fn: host_state_check_tr(), without the whole snapshot */
bool hop_vm_check_tr(struct kvm_vcpu *vcpu, int from, int to)
{
	struct host_state_tr tr;

	(void)vcpu;
	TEST_ASSERT_OK(ioctl(device, HOST_STATE_TR_GET, &tr));
	return check_tr(&tr, to, from) > 0;
}
