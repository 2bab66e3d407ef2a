// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a wrong value looks like, in one place.  The classes' names are stable:
 * other programs compare them.
 */
#include "observer.h"

/* Beyond this a difference says nothing. */
#define NEAR	0x100000

static const char *diagnose_stale(const struct violation *v,
				  const struct diagnose_facts *facts,
				  char *text, size_t size)
{
	for (int cpu = 0; cpu < facts->nr_cpus; cpu++) {
		/* A CPU that does not exist has none. */
		if (cpu == v->cpu || !facts->per_cpu || !facts->per_cpu[cpu] ||
		    facts->per_cpu[cpu] != v->got)
			continue;
		if (v->from_cpu < 0)
			snprintf(text, size, "this is the %s of cpu %d", facts->what, cpu);
		else if (cpu == v->from_cpu)
			snprintf(text, size, "this is the %s of cpu %d, where the vCPU came from",
				 facts->what, cpu);
		else
			snprintf(text, size, "this is the %s of cpu %d; the vCPU came from cpu %d",
				 facts->what, cpu, v->from_cpu);
		return "stale";
	}
	return NULL;
}

static const char *classify(const struct violation *v, const struct diagnose_facts *facts,
			    char *text, size_t size)
{
	const char *stale = diagnose_stale(v, facts, text, size);
	bool low_half_right = (u32)v->got == (u32)v->want;
	u32 base3 = (u32)(v->want >> 32);
	s64 off = (s64)(v->got - v->want);

	if (facts->guest && v->got) {
		snprintf(text, size, "this is what the guest of vCPU %d wrote",
			 facts->guest->vcpu);
		return "guest's";
	}
	if (stale)
		return stale;
	if (!v->got) {
		snprintf(text, size, "never set, or cleared");
		return "zero";
	}
	if (facts->direct_map && v->cpu < facts->nr_cpus &&
	    v->got == facts->direct_map[v->cpu]) {
		snprintf(text, size,
			 "the direct map's alias of the right %s, not its cpu_entry_area mapping",
			 facts->what);
		return "direct-map";
	}
	if (low_half_right && v->got >> 32 == 0xffffffff) {
		/* A descriptor holds an address as base3:base2:base1:base0. */
		snprintf(text, size,
			 "bits 63..32 are all ones; the descriptor's base2 is 0x%02x (bit 7 %s) and base3 0x%08x was lost",
			 (u32)v->want >> 24, v->want >> 31 & 1 ? "set" : "clear", base3);
		return "sign-extended";
	}
	if (low_half_right && !(v->got >> 32)) {
		snprintf(text, size, "bits 63..32 are zero; base3 0x%08x was lost", base3);
		return "truncated";
	}
	if (v->got == (u16)v->want || v->got == (v->want & 0xffffff) ||
	    v->got == (v->want & 0xffffffffffffULL)) {
		snprintf(text, size, "only the low bits of 0x%llx are left", v->want);
		return "truncated";
	}
	if (off > -(s64)NEAR && off < (s64)NEAR) {
		snprintf(text, size, "%s0x%llx bytes", off < 0 ? "-" : "+",
			 (u64)(off < 0 ? -off : off));
		return "off-by";
	}
	snprintf(text, size, "differs in bits 0x%llx", v->got ^ v->want);
	return "unknown";
}

/* What the field is not there for, on a host that takes events by FRED. */
static const char *fred_note(const char *field)
{
	static const struct {
		const char *begins, *note;
	} notes[] = {
		{ "TR_", "TR leads to the I/O permissions, and to no stack" },
		{ "TSS_DESC", "TR leads to the I/O permissions, and to no stack" },
		{ "IDTR_", "no event goes through an IDT" },
		{ "SYSENTER_", "no system call uses it" },
		{ "LSTAR", "no system call uses it" },
		{ "CSTAR", "no system call uses it" },
	};

	if (!strncmp(field, "HOST_", 5))
		field += 5;
	for (size_t i = 0; i < ARRAY_SIZE(notes); i++)
		if (!strncmp(field, notes[i].begins, strlen(notes[i].begins)))
			return notes[i].note;
	return NULL;
}

/**
 * diagnose() - say what is wrong about a wrong value
 * @v: with field, cpu, from_cpu, got and want
 * @facts: about this field; all zero where nothing is known
 * @text: receives the reason in words
 * @size: of @text
 *
 * Returns the class: "guest's", "zero", "stale", "direct-map", "sign-extended",
 * "truncated", "off-by" or "unknown".
 */
const char *diagnose(const struct violation *v, const struct diagnose_facts *facts,
		     char *text, size_t size)
{
	const char *class = classify(v, facts, text, size);
	const char *note = facts->fred ? fred_note(v->field) : NULL;
	size_t length = strlen(text);

	if (note)
		snprintf(text + length, size - length, "; a FRED host: %s", note);
	return class;
}
