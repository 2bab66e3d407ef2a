/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the kvm_host_state module share.
 */
#ifndef KVM_HOST_STATE_H
#define KVM_HOST_STATE_H

#include <linux/bitops.h>
#include <linux/bits.h>
#include <linux/types.h>
#include <asm/msr.h>

#include "host_state.h"

#ifndef CONFIG_X86_64
#error "kvm_host_state knows 64-bit hosts only"
#endif

struct file;
struct kvm_vcpu;

#define HS_BIT(f)	BIT_ULL(HS_##f)

/* Host state as one observer sees it; value[f] is valid where mask has bit f. */
struct hs_values {
	u64 mask;
	u64 value[HS_NR_FIELDS];
};

static inline void hs_put(struct hs_values *v, unsigned int field, u64 value)
{
	v->value[field] = value;
	v->mask |= BIT_ULL(field);
}

/* Copy those of @fields that @from has. */
static inline void hs_copy(struct hs_values *to, const struct hs_values *from,
			   u64 fields)
{
	unsigned int f;

	for (fields &= from->mask; fields; fields &= fields - 1) {
		f = (unsigned int)__ffs64(fields);
		to->value[f] = from->value[f];
		to->mask |= BIT_ULL(f);
	}
}

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
 * @guard_held:	what the CPU holds, as far as the guard compares it
 * @guard_loads: what the next VM exit will load, as far as it can be judged at
 *		kvm_entry; false where nothing is set up
 * @guard_late:	the same for fields that KVM refreshes after kvm_entry, or NULL
 * @want:	what @guard_loads, @guard_late and, after the exit, @guard_held
 *		must say, given what the CPU holds at kvm_entry
 * @held_now:	the fields of @want that the CPU must hold at kvm_entry too
 * @repair_loads: put @fields of @want where the next VM exit loads them from
 *
 * All of them run on the CPU in question with interrupts off, and do not sleep.
 */
struct hs_vendor {
	u32 id;
	void (*read_hidden)(struct hs_values *held);
	void (*read_loads)(struct hs_values *loads);
	void (*guard_held)(struct hs_values *held);
	bool (*guard_loads)(const struct hs_values *held, struct hs_values *loads);
	void (*guard_late)(struct hs_values *loads);
	void (*want)(const struct hs_values *held, struct hs_values *want);
	u64 held_now;
	void (*repair_loads)(u64 fields, const struct hs_values *want);
};

extern const struct hs_vendor *hs_vendor;	/* NULL: neither */
extern const struct hs_vendor hs_svm, hs_vmx;

void hs_read_registers(struct hs_values *held);
void hs_read_msrs(struct hs_values *held, u64 fields);
void hs_read_constants(void);
void hs_want_constants(struct hs_values *want, u64 fields);
void hs_want_tables(struct hs_values *want);
void hs_repair_cpu(u64 fields, const struct hs_values *want);

int hs_svm_init(void);
void hs_svm_exit(void);

extern void * const hs_guard_entry, * const hs_guard_exit;	/* the probes */
void hs_guard_reset(bool repair, pid_t tgid);
void hs_guard_get(struct host_state_guard *guard);
u64 hs_guard_wrong(void);
const struct host_state_hops *hs_guard_hops(void);

int hs_control_init(void);
void hs_control_exit(void);
int hs_guard_set(struct file *file, u32 mode);
void hs_guard_release(struct file *file);
u32 hs_guard_mode(void);

#endif /* KVM_HOST_STATE_H */
