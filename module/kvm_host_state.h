/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the kvm_host_state module share.
 */
#ifndef KVM_HOST_STATE_H
#define KVM_HOST_STATE_H

#include <linux/bitops.h>
#include <linux/bits.h>
#include <linux/limits.h>
#include <linux/types.h>
#include <asm/msr.h>

#include "host_state.h"
#include "host_state_compare.h"

#ifndef CONFIG_X86_64
#error "kvm_host_state knows 64-bit hosts only"
#endif

struct file;

/*
 * The bits of DEBUGCTL that perf's NMI leaves alone (arch/x86/events, 6.1 to 7.3):
 * BTF, BUS_LOCK_DETECT, FREEZE_IN_SMM and RTM_DEBUG.
 */
#define HS_DEBUGCTL_KEPT	(BIT_ULL(1) | BIT_ULL(2) | BIT_ULL(14) | BIT_ULL(15))

/* What the kernel never has set while it enters a guest or handles its exit. */
#define HS_RFLAGS_WATCHED	(X86_EFLAGS_DF | X86_EFLAGS_NT | X86_EFLAGS_AC)

/* rdmsrl() was renamed in 6.16; rdmsr() and wrmsr() are the same everywhere. */
static inline u64 hs_rdmsr(u32 msr)
{
	u32 low, high;

	rdmsr(msr, low, high);
	return (u64)high << 32 | low;
}

static inline void hs_wrmsr(u32 msr, u64 value)
{
	wrmsr(msr, (u32)value, (u32)(value >> 32));
}

/**
 * struct hs_vendor - how one virtualization extension treats host state
 * @id:		enum host_state_vendor
 * @read_hidden: add what no ordinary instruction reads (hidden TR and LDTR)
 * @read_loads:	add what the next VM exit will load, where that is set up
 * @read_tr:	the bases of TR alone that the two above would tell, and which
 * @guard_held:	what the CPU holds, as far as the guard compares it
 * @guard_loads: what the next VM exit will load, as far as it can be judged at
 *		kvm_entry; false where nothing is set up
 * @guard_late:	the same for fields that KVM refreshes after kvm_entry, or NULL
 * @want:	what @guard_loads, @guard_late and, after the exit, @guard_held
 *		must say, given what the CPU holds at kvm_entry
 * @habits:	of another hypervisor than KVM: leaves out of @fields what it may have an
 *		exit load as it likes, and changes @want to what holds of that afterwards
 * @rules:	which fields of @want are compared where
 * @may_differ:	false only where hs_differ() finds nothing in those
 * @refused: after an exit: whether the CPU had refused the entry, or NULL
 * @goes_in_again: after an exit: whether KVM may enter again at once, with interrupts
 *	off ever since, or NULL
 * @repair_loads: put @fields of @want where the next VM exit loads them from
 *
 * All of them run on the CPU in question with interrupts off, and do not sleep.
 */
struct hs_vendor {
	u32 id;
	void (*read_hidden)(struct hs_values *held);
	void (*read_loads)(struct hs_values *loads);
	void (*read_tr)(struct host_state_tr *tr);
	void (*guard_held)(struct hs_values *held);
	bool (*guard_loads)(const struct hs_values *held, struct hs_values *loads);
	void (*guard_late)(struct hs_values *loads);
	void (*want)(const struct hs_values *held, struct hs_values *want);
	void (*habits)(const struct hs_values *held, struct hs_values *want,
		       hs_fields *fields);
	struct hs_rules rules;
	bool (*may_differ)(unsigned int where, const struct hs_values *got,
			   const struct hs_values *want);
	bool (*refused)(void);
	bool (*goes_in_again)(void);
	void (*repair_loads)(hs_fields fields, const struct hs_values *want);
};

extern const struct hs_vendor *hs_vendor;	/* NULL: neither */
extern const struct hs_vendor hs_svm, hs_vmx;
extern hs_fields hs_not_held;

void hs_read_registers(struct hs_values *held);
void hs_read_msrs(struct hs_values *held, hs_fields fields);
void hs_write_msr(unsigned int field, u64 value);
bool hs_cpu_has_cet(void);
void hs_read_handling(struct hs_values *held);
void hs_read_user(struct hs_values *held);
void hs_want_handling(struct hs_values *want);
void hs_want_user(struct hs_values *want);
void hs_read_dr7(struct hs_values *held);
void hs_want_no_breakpoint(struct hs_values *want);
void hs_want_spec_ctrl(struct hs_values *want);
void hs_check_constants(void);
void hs_read_constants(void);
void hs_want_constants(struct hs_values *want, hs_fields fields);
void hs_want_tables(struct hs_values *want);
void hs_repair_cpu(hs_fields fields, const struct hs_values *want);

/* enum host_state_where's part of the rules, which the compiler knows. */
static __always_inline bool hs_may_differ_at(unsigned int where, const struct hs_values *got,
					     const struct hs_values *want,
					     const struct hs_rules rules)
{
	switch (where) {
	case HOST_STATE_AT_ENTRY:
		return hs_may_differ(got, want, rules.entry);
	case HOST_STATE_AT_EXIT:
		return hs_may_differ(got, want, rules.exit);
	case HOST_STATE_AT_READ:
		return hs_may_differ(got, want, rules.held);
	}
	return true;
}

int hs_svm_init(void);
void hs_svm_exit(void);

/* The probes. */
extern void * const hs_kvm_entry, * const hs_kvm_exit, * const hs_look_handling,
	    * const hs_look_userspace_exit;

/**
 * struct hs_entry - a VM entry, as a client of the guard knows it
 * @vcpu: tells this vCPU from any other
 * @vcpu_id: for the record of what is wrong
 * @from: the CPU of this vCPU's last entry, or -1
 * @nested: whether it enters a guest's guest
 * @breakpoints_off: the client has disabled the host's breakpoints by now
 * @not_kvm: another hypervisor's, which has written all that the exit loads by now,
 *	and need not have KVM's habits
 */
struct hs_entry {
	const void *vcpu;
	int vcpu_id;
	int from;
	bool nested;
	bool breakpoints_off;
	bool not_kvm;
};

bool hs_guard_concerns(void);
bool hs_guard_watches(void);
unsigned int hs_guard_enter(const struct hs_entry *e);
unsigned int hs_guard_leave(const void *vcpu);
void hs_client_set(bool on);
void hs_guard_blind(enum host_state_blind why);

bool hs_guard_look(unsigned int where, const struct hs_values *held,
		   const struct hs_values *want);
void hs_look_get(struct host_state_guard *guard);
void hs_look_init(void);
void hs_look_reset(void);
void hs_look_after_exit(u32 host_pkru);
void hs_look_end(void);
void hs_user_set(bool on);
bool hs_user_msrs_wait(void);

int hs_guard_reset(const struct host_state_guard_set *set);
void hs_guard_get(struct host_state_guard *guard);
u64 hs_guard_wrong(void);
const u32 *hs_guard_hops(u32 *nr);
void hs_guard_free(void);

#define HS_NO_SLOT	U16_MAX
struct host_state_record *hs_record_new(u16 *slot);
void hs_record_done(u16 slot);
void hs_record_again(u16 slot);
struct host_state_record *hs_records(u32 *nr);
void hs_records_tell(void);
void hs_records_told(void);
void hs_records_clear(bool repaired);
int hs_records_init(void);
void hs_records_free(void);

int hs_control_init(void);
void hs_control_exit(void);
int hs_guard_set(struct file *file, const struct host_state_guard_set *set);
int hs_guard_user(struct file *file, bool on);
void hs_guard_release(struct file *file);
void hs_guard_state(struct host_state_guard *guard);
u32 hs_guard_mode(void);

#endif /* KVM_HOST_STATE_H */
