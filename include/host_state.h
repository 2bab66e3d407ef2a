/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The ABI of /dev/kvm_host_state, shared by the module and the tests.
 *
 * read()  fills one struct host_state for the CPU that the caller runs on.
 * ioctl() sets the entry guard's mode and fetches what it found.
 *
 * All addresses are host virtual addresses, all limits are in bytes.
 */
#ifndef HOST_STATE_H
#define HOST_STATE_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define HOST_STATE_DEVICE	"/dev/kvm_host_state"
#define HOST_STATE_VERSION	6
#define HOST_STATE_MASK_WORDS	2	/* 64 fields each */

/*
 * Every piece of host state that an observer compares.  The enumerator names
 * the SDM's VMCS host-state field (volume 3, appendix B); on SVM it is the
 * register that VMSAVE stores under that name (APM volume 2, appendix B).
 */
#define HOST_STATE_FIELDS(F)	\
	F(ES_SELECTOR)		\
	F(CS_SELECTOR)		\
	F(SS_SELECTOR)		\
	F(DS_SELECTOR)		\
	F(FS_SELECTOR)		\
	F(GS_SELECTOR)		\
	F(TR_SELECTOR)		\
	F(LDTR_SELECTOR)	\
	F(FS_BASE)		\
	F(GS_BASE)		\
	F(KERNEL_GS_BASE)	\
	F(TR_BASE)		\
	F(TR_LIMIT)		\
	F(GDTR_BASE)		\
	F(GDTR_LIMIT)		\
	F(IDTR_BASE)		\
	F(IDTR_LIMIT)		\
	F(LDTR_BASE)		\
	F(SYSENTER_CS)		\
	F(SYSENTER_ESP)		\
	F(SYSENTER_EIP)		\
	F(STAR)			\
	F(LSTAR)		\
	F(CSTAR)		\
	F(SFMASK)		\
	F(EFER)			\
	F(PAT)			\
	F(CR0)			\
	F(CR3)			\
	F(CR4)			\
	F(RFLAGS_IF)		\
	F(RFLAGS)		\
	F(CR8)			\
	F(GIF)			\
	F(VM_HSAVE_PA)		\
	F(TSC_AUX)		\
	F(TSX_CTRL)		\
	F(XCR0)			\
	F(XSS)			\
	F(PKRU)			\
	F(XFD)			\
	F(XFD_ERR)		\
	F(DR6)			\
	F(DR7)			\
	F(DR0_ADDR_MASK)	\
	F(DR1_ADDR_MASK)	\
	F(DR2_ADDR_MASK)	\
	F(DR3_ADDR_MASK)	\
	F(DEBUGCTL)		\
	F(SPEC_CTRL)		\
	F(MCU_OPT_CTRL)		\
	F(S_CET)		\
	F(SSP)			\
	F(INTR_SSP_TABLE)	\
	F(FRED_CONFIG)		\
	F(FRED_RSP1)		\
	F(FRED_RSP2)		\
	F(FRED_RSP3)		\
	F(FRED_STKLVLS)		\
	F(FRED_SSP1)		\
	F(FRED_SSP2)		\
	F(FRED_SSP3)

#define HOST_STATE_ENUM(name)	HS_##name,
enum host_state_field {
	HOST_STATE_FIELDS(HOST_STATE_ENUM)
	HS_NR_FIELDS
};

#undef HOST_STATE_ENUM

/* Who extends virtualization to KVM on this host. */
enum host_state_vendor {
	HOST_STATE_NO_VENDOR,
	HOST_STATE_SVM,
	HOST_STATE_VMX,
};

/*
 * Where a wrong value was seen.
 * ENTRY: in what the CPU will load at the next VM exit (VMX: the VMCS's
 *        host-state area; SVM: the save area that KVM's VMLOAD reads).
 * EXIT:  in what the CPU holds right after a VM exit.
 * READ:  in what the CPU held when it was looked at otherwise: at the head of
 *        a VM entry, or when the snapshot was read.
 * HANDLING: in what the CPU holds while KVM handles an exit, before the thread's
 *        own FPU state is loaded again.
 * USER:  in what it takes along to user mode.
 */
enum host_state_where {
	HOST_STATE_AT_ENTRY,
	HOST_STATE_AT_EXIT,
	HOST_STATE_AT_READ,
	HOST_STATE_AT_HANDLING,
	HOST_STATE_AT_USER,
};

/* Values of fields; value[f] means something only where bit f of mask is set. */
struct hs_values {
	__u64 mask[HOST_STATE_MASK_WORDS];
	__u64 value[HS_NR_FIELDS];
};

static inline int host_state_has(const __u64 *mask, __u32 field)
{
	return mask[field / 64] >> field % 64 & 1;
}

/* A snapshot of the calling CPU, taken with preemption off. */
struct host_state {
	__u32 version;			/* HOST_STATE_VERSION */
	__u32 size;			/* sizeof(struct host_state) */
	__u32 cpu;
	__u32 node;
	__u32 vendor;			/* enum host_state_vendor */
	__u32 guard_mode;		/* enum host_state_guard_mode */
	__u64 guard_wrong;		/* as in struct host_state_guard */
	__u64 cea_tss;			/* &get_cpu_entry_area(cpu)->tss.x86_tss */
	__u64 tss_desc[2];		/* the GDT's entry that TR selects, raw */
	struct hs_values cpu_holds;
	/*
	 * The current VMCS's host-state area; empty where no VMCS is current.
	 * Between two runs, FS, GS, CR3 and CR4 are those of the last one: KVM
	 * refreshes them right before the next entry.
	 */
	struct hs_values exit_loads;
};

/*
 * Of a snapshot what tells where TR leads: for a check after each hop, which a whole
 * snapshot would make a seventh slower.
 */
struct host_state_tr {
	__u32 cpu;
	__u32 has;			/* of the two bases: HOST_STATE_TR_* */
	__u64 guard_wrong;		/* as in struct host_state_guard */
	__u64 cea_tss;			/* as in struct host_state, and the next */
	__u64 tss_desc[2];
	__u64 cpu_holds;		/* TR_BASE of each */
	__u64 exit_loads;
};

#define HOST_STATE_TR_HOLDS	1
#define HOST_STATE_TR_LOADS	2

enum host_state_guard_mode {
	HOST_STATE_GUARD_OFF,
	HOST_STATE_GUARD_REPORT,
	HOST_STATE_GUARD_REPAIR,	/* report, and put the right value back */
};

/* Whose entries and exits the guard looks at; it leaves all others alone. */
enum host_state_guard_whom {
	HOST_STATE_THIS_PROCESS,	/* that sets the mode */
	HOST_STATE_DESCENDANTS,		/* that process, its children, and theirs */
	HOST_STATE_EVERYBODY,
};

struct host_state_guard_set {
	__u32 mode;			/* enum host_state_guard_mode */
	__u32 whom;			/* enum host_state_guard_whom */
};

/*
 * HOST_STATE_USER_SET: from now on, or not any more, look at every CPU's return
 * to user mode too, whoever it is; EPERM where the guard is not this file's.  It ends
 * with the guard.
 */
#define HOST_STATE_USER_SET	_IOW('H', 0x06, __u32)

/* One kind of violation; later ones of the same kind only add to count. */
struct host_state_record {
	__u32 field;			/* enum host_state_field */
	__u32 where;			/* enum host_state_where */
	__u32 cpu;
	__s32 from_cpu;			/* where this vCPU entered before, or -1 */
	__s32 tgid;
	__s32 vcpu_id;
	__u64 got;
	__u64 want;
	__u64 count;
	__u64 first_ns;			/* ktime_get_ns() of the first */
	char comm[16];
};

/* Why the guard cannot look at what it was set for. */
enum host_state_blind {
	HOST_STATE_NOT_BLIND,
	HOST_STATE_BLIND_LAYOUT,	/* the module does not fit the loaded kvm.ko */
};

/* What the guard did since its mode was last set. */
struct host_state_guard {
	__u32 mode;			/* enum host_state_guard_mode */
	__u32 whom;			/* enum host_state_guard_whom */
	__u32 blind;			/* enum host_state_blind */
	__s32 error;			/* why it went off: kvm.ko came anew; or 0 */
	__u32 exits_are_certain;	/* 0: this kernel's kvm_exit may come too late */
	__u32 pad;
	__u64 entries;			/* VM entries checked */
	__u64 exits;			/* VM exits checked */
	__u64 exits_irqs_on;		/* of these, with interrupts on already */
	__u64 exits_missed;		/* entries that no exit has followed */
	__u64 refused;			/* moves of a vCPU whose entry the CPU refused */
	__u64 unread;			/* VM entries with no VMCS or VMCB to read */
	__u64 others;			/* VM entries that were not its business */
	__u64 wrong;			/* values found wrong, over all fields */
	__u64 lost;			/* of these, those of too many kinds to record */
	__u64 hops;			/* entries on another CPU than before */
	__u64 cross_node;		/* of these, to another node */
	__u64 nested;			/* entries checked with L2's VMCS/VMCB in use */
	__u64 handled;			/* exits by an I/O port looked at while handled */
	__u64 interrupts;		/* looked in the first interrupt after an exit */
	__u64 user;			/* returns to user mode looked at */
	__u64 entry_fields[HOST_STATE_MASK_WORDS];	/* compared at entry */
	__u64 exit_fields[HOST_STATE_MASK_WORDS];	/* compared at exit */
};

/* Where the tables of a CPU are; 0 for a CPU that is not possible. */
struct host_state_tables {
	__u64 tss;			/* in the cpu_entry_area */
	__u64 direct_map_tss;		/* cpu_tss_rw */
	__u64 direct_map_gdt;		/* gdt_page */
};

/*
 * What has as many elements as the host has CPUs, or more: the caller says where
 * and for how many there is room, and is told how many there are.
 */
struct host_state_array {
	__u64 address;
	__u32 nr;
	__u32 pad;
};

/*
 * HOST_STATE_GUARD_SET: set the mode and clear all counts; EINVAL for an
 * unknown mode, EBUSY while another open file has the guard on, ENODEV where
 * the CPU has neither VMX nor SVM, ENOMEM.  The guard goes off when the file that
 * set it is closed.
 */
#define HOST_STATE_GUARD_SET	_IOW('H', 0x01, struct host_state_guard_set)
#define HOST_STATE_GUARD_GET	_IOR('H', 0x02, struct host_state_guard)

/* struct host_state_record, one for each kind of violation so far; at the end of
 * the array some may still have a count of 0.
 */
#define HOST_STATE_RECORDS_GET	_IOWR('H', 0x03, struct host_state_array)
/*
 * __u32, a square of nr_cpu_ids: guarded entries on CPU to after one on CPU from
 * are at [from * nr_cpu_ids + to].  None before the guard was first set.
 */
#define HOST_STATE_HOPS_GET	_IOWR('H', 0x04, struct host_state_array)
/* struct host_state_tables, nr_cpu_ids of them. */
#define HOST_STATE_TABLES_GET	_IOWR('H', 0x05, struct host_state_array)
/* struct host_state_tr, of the CPU that the caller runs on. */
#define HOST_STATE_TR_GET	_IOR('H', 0x07, struct host_state_tr)

#endif /* HOST_STATE_H */
