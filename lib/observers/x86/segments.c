// SPDX-License-Identifier: GPL-2.0-only
/* Segments of the host's user mode: SDM volume 3, 3.4; APM volume 2, 4.5. */
#include <asm/ldt.h>
#include <asm/prctl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/syscall.h>

#include "observer.h"
#include "x86/processor.h"
#include "x86/segments.h"

#ifndef HWCAP2_FSGSBASE
#define HWCAP2_FSGSBASE		BIT_ULL(1)
#endif

/** cpu_has_fsgsbase() - whether user mode may use RDFSBASE and its kin */
bool cpu_has_fsgsbase(void)
{
	return getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE;
}

static struct user_desc make_user_desc(int entry, const void *base, size_t size)
{
	struct user_desc desc = {
		.entry_number = (unsigned int)entry,
		.base_addr = (unsigned int)(uintptr_t)base,
		.limit = (unsigned int)size - 1,
		.seg_32bit = 1,
	};

	TEST_ASSERT((uintptr_t)base == desc.base_addr, "%p is not below 4 GiB", base);
	return desc;
}

/* What the kernel takes for "empty": LDT_empty() in asm/desc.h. */
static struct user_desc make_empty_desc(int entry)
{
	return (struct user_desc) {
		.entry_number = (unsigned int)entry, .read_exec_only = 1, .seg_not_present = 1,
	};
}

/** ldt_supported() - false: the kernel was built without MODIFY_LDT_SYSCALL */
bool ldt_supported(void)
{
	return syscall(SYS_modify_ldt, 0, NULL, 0) >= 0;
}

/** ldt_exists() - whether this process ever had an LDT: from then on it keeps one */
bool ldt_exists(void)
{
	u64 entry;

	return syscall(SYS_modify_ldt, 0, &entry, sizeof(entry)) > 0;
}

/**
 * ldt_set() - describe a data segment in the process' LDT
 * @entry: index in the LDT, which all threads share
 * @base: below 4 GiB
 * @size: in bytes
 *
 * Returns the selector.
 */
u16 ldt_set(int entry, const void *base, size_t size)
{
	struct user_desc desc = make_user_desc(entry, base, size);

	TEST_ASSERT_OK(syscall(SYS_modify_ldt, 0x11, &desc, sizeof(desc)));
	return LDT_SELECTOR(entry);
}

/** ldt_clear() - make an entry of the LDT empty */
void ldt_clear(int entry)
{
	struct user_desc desc = make_empty_desc(entry);

	TEST_ASSERT_OK(syscall(SYS_modify_ldt, 0x11, &desc, sizeof(desc)));
}

/* Only i386 has set_thread_area(); INT 0x80 is there for 64-bit code as well. */
static int set_thread_area(struct user_desc *desc)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct user_desc low;
	long ret = I386_SET_THREAD_AREA;

	pthread_mutex_lock(&lock);
	low = *desc;
	asm volatile("int $0x80" : "+a"(ret) : "b"(&low) : "memory", "r8", "r9", "r10", "r11");
	*desc = low;
	pthread_mutex_unlock(&lock);
	return (int)ret;
}

/**
 * tls_set() - describe a data segment in the calling thread's own GDT entries
 * @base: below 4 GiB
 * @size: in bytes
 *
 * Needs 32-bit system calls.  Returns the selector, or a negative errno.
 */
int tls_set(const void *base, size_t size)
{
	struct user_desc desc = make_user_desc(-1, base, size);
	int ret = set_thread_area(&desc);

	return ret ? ret : (int)(desc.entry_number << 3 | 3);
}

/* libc may be unusable now: its thread area hangs on FS. */
static long raw_syscall(long nr, long arg0, long arg1, long arg2)
{
	long ret;

	asm volatile("syscall" : "=a"(ret)
		     : "a"(nr), "D"(arg0), "S"(arg1), "d"(arg2)
		     : "rcx", "r11", "memory");
	return ret;
}

static void load_bases(const struct user_segs *segs)
{
	if (segs->by_instruction) {
		if (!segs->fs)
			asm volatile("wrfsbase %0" : : "r"(segs->fs_base));
		if (!segs->gs)
			asm volatile("wrgsbase %0" : : "r"(segs->gs_base));
		return;
	}
	if (!segs->fs)
		raw_syscall(SYS_arch_prctl, ARCH_SET_FS, (long)segs->fs_base, 0);
	if (!segs->gs)
		raw_syscall(SYS_arch_prctl, ARCH_SET_GS, (long)segs->gs_base, 0);
}

static void load_segs(const struct user_segs *segs)
{
	asm volatile("mov %0, %%ds\n\tmov %1, %%es\n\tmov %2, %%fs\n\tmov %3, %%gs"
		     : : "r"((u32)segs->ds), "r"((u32)segs->es), "r"((u32)segs->fs),
			 "r"((u32)segs->gs) : "memory");
	load_bases(segs);
}

static void store_segs(struct user_segs *segs)
{
	asm volatile("mov %%ds, %0\n\tmov %%es, %1\n\tmov %%fs, %2\n\tmov %%gs, %3"
		     : "=r"(segs->ds), "=r"(segs->es), "=r"(segs->fs), "=r"(segs->gs));
	if (segs->by_instruction) {
		asm volatile("rdfsbase %0\n\trdgsbase %1"
			     : "=r"(segs->fs_base), "=r"(segs->gs_base));
		return;
	}
	raw_syscall(SYS_arch_prctl, ARCH_GET_FS, (long)&segs->fs_base, 0);
	raw_syscall(SYS_arch_prctl, ARCH_GET_GS, (long)&segs->gs_base, 0);
}

/*
 * Read the guest's KERNEL_GS_BASE and write it back, as who migrates a VM does.  It
 * is the user's GS base that the CPU holds by then: vmx_write_guest_kernel_gs_base()
 * must leave that alone where the guest's state is not loaded.
 */
static long rewrite_kernel_gs_base(int vcpu_fd)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} msrs = { .head.nmsrs = 1, .entry.index = MSR_KERNEL_GS_BASE };
	long ret = raw_syscall(SYS_ioctl, vcpu_fd, KVM_GET_MSRS, (long)&msrs);

	if (ret == 1)
		ret = raw_syscall(SYS_ioctl, vcpu_fd, KVM_SET_MSRS, (long)&msrs);
	return ret == 1 ? 0 : ret < 0 ? ret : -EIO;
}

/** segs_block_signals() - all of the calling thread's, as segs_observe() wants it */
void segs_block_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
}

/**
 * segs_observe() - load segments, run a vCPU, and see what is left of them
 * @vcpu_fd: KVM_RUN's; -1: run nothing
 * @state_fd: an open HOST_STATE_DEVICE; -1: no snapshot
 * @segs: to load; the bases of selectors that are not null are not loaded
 * @got: receives what user mode sees afterwards, by the same means as @segs
 * @hs: receives the snapshot, taken while all this is still in place
 *
 * The thread's own segments are back when this returns.  In between it has no
 * thread area, so no signal may be handled: see segs_block_signals().
 * Returns 0, or the negative errno of KVM_RUN or the snapshot.
 */
int segs_observe(int vcpu_fd, int state_fd, const struct user_segs *segs,
		 struct user_segs *got, struct host_state *hs)
{
	struct user_segs own = { .by_instruction = segs->by_instruction };
	long ret = 0;

	got->by_instruction = segs->by_instruction;
	got->fs_word = segs->fs_word;
	got->gs_word = segs->gs_word;
	store_segs(&own);
	load_segs(segs);
	if (vcpu_fd >= 0)
		ret = rewrite_kernel_gs_base(vcpu_fd);
	/* No signal comes through, but a stop or a freeze ends a run like one. */
	do {
		if (vcpu_fd >= 0 && (!ret || ret == -EINTR))
			ret = raw_syscall(SYS_ioctl, vcpu_fd, KVM_RUN, 0);
	} while (ret == -EINTR);
	store_segs(got);
	/* A segment that is not the right one may lead to no memory at all. */
	if (segs->fs && got->fs == segs->fs && got->fs_base == segs->fs_base)
		asm volatile("mov %%fs:0, %0" : "=r"(got->fs_word));
	if (segs->gs && got->gs == segs->gs && got->gs_base == segs->gs_base)
		asm volatile("mov %%gs:0, %0" : "=r"(got->gs_word));
	if (!ret && state_fd >= 0) {
		ret = raw_syscall(SYS_read, state_fd, (long)hs, sizeof(*hs));
		ret = ret == sizeof(*hs) ? 0 : ret < 0 ? ret : -EIO;
	}
	load_segs(&own);
	return (int)ret;
}

/**
 * segs_check() - assert what segs_observe() saw in user mode
 * @got: what it saw
 * @want: what it had loaded
 * @cpu: where
 * @from_cpu: where the vCPU entered before, or -1
 *
 * FS_MEMORY and GS_MEMORY are the first words of the segments.  The user's GS
 * base is the register that has this name in the kernel: KERNEL_GS_BASE.
 * Returns how many values were compared.
 */
int segs_check(const struct user_segs *got, const struct user_segs *want, int cpu,
	       int from_cpu)
{
	const struct {
		const char *field;
		u64 got, want;
	} seen[] = {
		{ "DS_SELECTOR", got->ds, want->ds },
		{ "ES_SELECTOR", got->es, want->es },
		{ "FS_SELECTOR", got->fs, want->fs },
		{ "GS_SELECTOR", got->gs, want->gs },
		{ "FS_BASE", got->fs_base, want->fs_base },
		{ "KERNEL_GS_BASE", got->gs_base, want->gs_base },
		{ "FS_MEMORY", got->fs_word, want->fs_word },
		{ "GS_MEMORY", got->gs_word, want->gs_word },
	};

	for (size_t i = 0; i < ARRAY_SIZE(seen); i++)
		host_state_expect("user mode", seen[i].field, cpu, from_cpu, seen[i].got,
				  seen[i].want);
	return ARRAY_SIZE(seen);
}

/**
 * segs_check_snapshot() - assert the snapshot that segs_observe() took
 * @hs: the snapshot
 * @want: what segs_observe() had loaded
 * @cpu: where
 * @from_cpu: where the vCPU entered before, or -1
 *
 * The kernel's own GS base and the system call MSRs must be those from before
 * the first guest: cpu_init() writes them, and nothing afterwards.
 * Returns how many values were compared.
 */
int segs_check_snapshot(const struct host_state *hs, const struct user_segs *want,
			int cpu, int from_cpu)
{
	static const u32 as_ever[] = {
		HS_GS_BASE, HS_SYSENTER_CS, HS_SYSENTER_ESP, HS_SYSENTER_EIP, HS_STAR,
		HS_LSTAR, HS_CSTAR, HS_SFMASK, HS_EFER, HS_PAT,
	};
	const struct {
		u32 field;
		u64 want;
	} own[] = {
		{ HS_DS_SELECTOR, want->ds },
		{ HS_ES_SELECTOR, want->es },
		{ HS_FS_SELECTOR, want->fs },
		{ HS_GS_SELECTOR, want->gs },
		{ HS_FS_BASE, want->fs_base },
		{ HS_KERNEL_GS_BASE, want->gs_base },
	};
	const struct host_state *before = host_state_baseline(cpu);
	int nr = ARRAY_SIZE(own);

	migrate_was_on((int)hs->cpu, cpu);
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		host_state_expect("snapshot", host_state_field_name(own[i].field), cpu,
				  from_cpu, hs->cpu_holds.value[own[i].field], own[i].want);
	for (size_t i = 0; i < ARRAY_SIZE(as_ever); i++) {
		u32 f = as_ever[i];

		if (!host_state_has(hs->cpu_holds.mask, f) ||
		    !host_state_has(before->cpu_holds.mask, f))
			continue;
		/* Disabled: KVM on VMX still fills in the stack that nobody will use. */
		if (f == HS_SYSENTER_ESP && !before->cpu_holds.value[HS_SYSENTER_CS])
			continue;
		host_state_expect("snapshot", host_state_field_name(f), cpu, from_cpu,
				  hs->cpu_holds.value[f], before->cpu_holds.value[f]);
		nr++;
	}
	return nr;
}
