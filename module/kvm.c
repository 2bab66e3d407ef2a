// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM as a client of the guard: probes on its tracepoints kvm_entry and kvm_exit.
 *
 * Both stand in vmx_vcpu_run() and svm_vcpu_run(), where interrupts are off from
 * one to the other.  Their arguments have grown over the years; the vCPU comes
 * first in all of them, and the rest is ignored.  Only a kernel with CFI compares
 * the whole prototype, where a tracepoint has a second probe, and traps.
 */
#include <linux/kvm_host.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "kvm_host_state.h"

static DEFINE_PER_CPU(const struct kvm_vcpu *, checked_vcpu);

static bool in_guest_mode(const struct kvm_vcpu *vcpu)
{
#ifdef HF_GUEST_MASK
	return vcpu->arch.hflags & HF_GUEST_MASK;
#else
	return false;
#endif
}

/* A TD's host state is the TDX module's; the current VMCS is some other vCPU's. */
static bool has_vmcs_or_vmcb(const struct kvm_vcpu *vcpu)
{
#ifdef KVM_X86_TDX_VM
	return vcpu->kvm->arch.vm_type != KVM_X86_TDX_VM;
#else
	return true;
#endif
}

/*
 * Nothing ties this module's struct kvm_vcpu to the one that the loaded kvm.ko was
 * built with: the tracepoint hands over a pointer.  So see that it fits before it is
 * believed, at both ends: a loaded vCPU is on a CPU (on this one, but that is KVM's
 * to get right), its VM belongs to this process, and its MMU is one of those that it
 * contains.  The pointer to the VM may be anything until then.
 */
static bool vcpu_fits(const struct kvm_vcpu *vcpu)
{
	const struct kvm_vcpu_arch *arch = &vcpu->arch;
	struct mm_struct *mm;

	if ((unsigned int)vcpu->cpu >= nr_cpu_ids || arch->last_vmentry_cpu < -1 ||
	    arch->last_vmentry_cpu >= (int)nr_cpu_ids)
		return false;
	if (this_cpu_read(checked_vcpu) == vcpu)
		return true;
	if (copy_from_kernel_nofault(&mm, &vcpu->kvm->mm, sizeof(mm)) ||
	    mm != current->mm ||
	    (arch->mmu != &arch->root_mmu && arch->mmu != &arch->guest_mmu))
		return false;
	this_cpu_write(checked_vcpu, vcpu);
	return true;
}

/* Probe on kvm_entry. */
#ifdef KVM_ENTRY_HAS_IMMEDIATE_EXIT
static void probe_entry(void *data, struct kvm_vcpu *vcpu, bool immediate_exit)
#else
static void probe_entry(void *data, struct kvm_vcpu *vcpu)
#endif
{
	struct hs_entry e = { .vcpu = vcpu };

	if (!irqs_disabled() || !hs_guard_watches())
		return;
	if (!vcpu_fits(vcpu)) {
		hs_guard_blind(HOST_STATE_BLIND_LAYOUT);
		return;
	}
	if (!has_vmcs_or_vmcb(vcpu))
		return;
	e.vcpu_id = vcpu->vcpu_id;
	/* -1 in a new vCPU, set after each exit. */
	e.from = vcpu->arch.last_vmentry_cpu;
	e.nested = in_guest_mode(vcpu);
	/* vcpu_enter_guest(): its last steps run no code that is instrumented. */
	e.breakpoints_off = true;
	hs_guard_enter(&e);
}

/* Probe on kvm_exit. */
static void probe_exit(void *data, struct kvm_vcpu *vcpu, u32 isa)
{
	hs_guard_leave(vcpu);
	/* With each exit of a vCPU that was seen to fit at its entry. */
	if (irqs_disabled() && hs_guard_concerns() && this_cpu_read(checked_vcpu) == vcpu)
		hs_look_after_exit(vcpu->arch.host_pkru);
}

void * const hs_kvm_entry = probe_entry, * const hs_kvm_exit = probe_exit;
