/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's user mode: segments of the calling thread, and 32-bit system calls
 * of a 64-bit process.  Host only.
 */
#ifndef X86_SEGMENTS_H
#define X86_SEGMENTS_H

#include "host_state.h"
#include "test_util.h"

#define USER_DATA_SELECTOR	0x2b	/* __USER_DS, in Linux' GDT */
#define LDT_SELECTOR(entry)	((u16)((entry) << 3 | 7))

/*
 * What user mode sees.  With a selector that is null, the base is free; else it
 * is that of the descriptor, and *_word is the first word of the segment.
 */
struct user_segs {
	u16 ds, es, fs, gs;
	u64 fs_base, gs_base;
	u64 fs_word, gs_word;
	bool by_instruction;		/* bases by WRFSBASE and WRGSBASE */
};

bool cpu_has_fsgsbase(void);
bool ldt_supported(void);
bool ldt_exists(void);
u16 ldt_set(int entry, const void *base, size_t size);
void ldt_clear(int entry);
int tls_set(const void *base, size_t size);

void segs_block_signals(void);
int segs_observe(int vcpu_fd, int state_fd, const struct user_segs *segs,
		 struct user_segs *got, struct host_state *hs);
int segs_check(const struct user_segs *got, const struct user_segs *want, int cpu,
	       int from_cpu);
int segs_check_snapshot(const struct host_state *hs, const struct user_segs *want,
			int cpu, int from_cpu);

/* lib/observers/x86/segs_hop.c: what a thread loads before a run. */
enum segs_kind {
	SEGS_BY_INSTRUCTION,		/* null selectors; WRFSBASE and WRGSBASE */
	SEGS_BY_SYSCALL,		/* null selectors; arch_prctl() */
	SEGS_FS_IN_LDT,			/* GS is in the thread's own GDT entries */
	SEGS_GS_IN_LDT,			/* and FS in those */
	SEGS_FS_IN_TLS,			/* the thread's own GDT entries; GS is null */
	SEGS_GS_IN_TLS,			/* and FS is */
	NR_SEGS_KINDS
};

u32 segs_kinds(u32 wanted);
struct kvm_vcpu;
void segs_hop_vcpus(struct kvm_vcpu **vcpus, int nr, u64 hops, u32 with, u32 calls);
void segs_hop(int nr, u64 hops, void *guest_code, u32 with, u32 calls);
void segs_hop_nested(u64 hops, u32 with);

/* 32-bit system calls; numbers are i386's. */
#define I386_SET_THREAD_AREA	243
#define I386_GETTID		224

enum compat_entry {
	COMPAT_INT80,
	COMPAT_SYSENTER,		/* Intel: the SYSENTER MSRs */
	COMPAT_SYSCALL,			/* AMD: CSTAR */
};

/* lib/observers/x86/compat_entry.S */
extern const char compat_int80[], compat_sysenter[], compat_syscall[], compat_resume[];
int compat_enter(u32 nr, u32 arg, void *stack_top, const void *code32);

const char *compat_why_not(enum compat_entry entry);
enum compat_entry compat_fast_entry(void);
long compat_call(enum compat_entry entry, u32 nr, u32 arg);

#endif /* X86_SEGMENTS_H */
