// SPDX-License-Identifier: GPL-2.0-only
/* The host's side of ucalls. */
#include "kvm_util.h"
#include "ucall.h"

/**
 * get_ucall() - why the guest exited
 * @vcpu: that came back from vcpu_run()
 * @uc: receives the call and its arguments; all zero for UCALL_NONE
 *
 * Returns @uc->cmd.
 */
u64 get_ucall(struct kvm_vcpu *vcpu, struct ucall *uc)
{
	const struct kvm_run *run = vcpu->run;

	memset(uc, 0, sizeof(*uc));
	if (run->exit_reason != KVM_EXIT_IO || run->io.port != UCALL_PORT)
		return UCALL_NONE;
	/* A guest's stack is page-aligned and so is uc: never two pages. */
	for (size_t i = 0; i < sizeof(*uc) / sizeof(u64); i++)
		((u64 *)uc)[i] = *(u64 *)addr_gva2hva(vcpu->vm,
						      run->s.regs.regs.rdi + i * sizeof(u64));
	return uc->cmd;
}

/**
 * vcpu_ucall() - what the guest that has just exited calls
 * @vcpu: that came back from vcpu_run()
 * @uc: receives the call
 *
 * Returns UCALL_SYNC or UCALL_DONE.  Anything else has failed the subtest, with
 * what the guest's assertion got and wanted, and the guest cannot go on.
 */
u64 vcpu_ucall(struct kvm_vcpu *vcpu, struct ucall *uc)
{
	char text[128];

	switch (get_ucall(vcpu, uc)) {
	case UCALL_SYNC:
	case UCALL_DONE:
		break;
	case UCALL_ABORT:
		subtest_fail("%s:%llu: guest: %s: got 0x%llx, want 0x%llx",
			     (const char *)(uintptr_t)uc->args[0], uc->args[1],
			     (const char *)(uintptr_t)uc->args[2], uc->args[3], uc->args[4]);
		break;
	case UCALL_UNHANDLED:
		subtest_fail("vCPU %u: exception %llu, error 0x%llx, RIP 0x%llx, CR2 0x%llx",
			     vcpu->id, uc->args[0], uc->args[1], uc->args[2], uc->args[3]);
		break;
	default:
		vcpu_exit_text(vcpu, text, sizeof(text));
		subtest_fail("vCPU %u: no ucall but %s", vcpu->id, text);
	}
	return uc->cmd;
}

/** vcpu_run_to_ucall() - run until the guest calls; then as vcpu_ucall() */
u64 vcpu_run_to_ucall(struct kvm_vcpu *vcpu, struct ucall *uc)
{
	vcpu_run(vcpu);
	return vcpu_ucall(vcpu, uc);
}
