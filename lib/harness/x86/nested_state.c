// SPDX-License-Identifier: GPL-2.0-only
/* A vCPU that is a hypervisor, saved and restored. */
#include "x86/nested.h"
#include "x86/svm.h"

/* As large as it gets: on VMX, with a shadow VMCS. */
union nested_state {
	struct kvm_nested_state state;
	u8 size[sizeof(struct kvm_nested_state) + sizeof(struct kvm_vmx_nested_state_data)];
};

struct one_msr {
	struct kvm_msrs msrs;
	struct kvm_msr_entry entry;
};

/*
 * An exit for I/O is complete with the next KVM_RUN only (KVM's api.rst); until then
 * RIP is that of the OUT.
 */
static void complete_exit(struct kvm_vcpu *vcpu)
{
	vcpu->run->immediate_exit = 1;
	TEST_ASSERT(_vcpu_run(vcpu) < 0 && errno == EINTR, "KVM_RUN with immediate_exit");
	vcpu->run->immediate_exit = 0;
}

/* No VMXON, or no L2; where L2 is active, L1's registers come back. */
static void leave_nested(struct kvm_vcpu *vcpu)
{
	struct kvm_nested_state none = { .size = sizeof(none) };

	if (kvm_vendor() == HOST_STATE_VMX) {
		none.format = KVM_STATE_NESTED_FORMAT_VMX;
		none.hdr.vmx.vmxon_pa = ~0ULL;
		none.hdr.vmx.vmcs12_pa = ~0ULL;
	} else {
		none.format = KVM_STATE_NESTED_FORMAT_SVM;
		none.flags = KVM_STATE_NESTED_GIF_SET;
	}
	TEST_ASSERT_OK(ioctl(vcpu->fd, KVM_SET_NESTED_STATE, &none));
}

static void nested_get(struct kvm_vcpu *vcpu, union nested_state *nested)
{
	*nested = (union nested_state) { .state.size = sizeof(*nested) };
	TEST_ASSERT_OK(ioctl(vcpu->fd, KVM_GET_NESTED_STATE, nested));
}

/** nested_save() - as a VMM saves a vCPU that then goes on, stopped by a GUEST_SYNC() */
void nested_save(struct kvm_vcpu *vcpu)
{
	union nested_state nested;

	complete_exit(vcpu);
	nested_get(vcpu, &nested);
}

/**
 * nested_restore() - give a vCPU the state of another of its VM, as a live migration does
 * @vcpu: that receives it; it may have been a hypervisor before, and in L2
 * @from: stopped by a GUEST_SYNC() of L1 or of L2; it does not run again before it has
 *	received a state itself
 *
 * What tests' guests have: not the MSRs of SYSCALL and SYSENTER, XCR0, events.
 */
void nested_restore(struct kvm_vcpu *vcpu, struct kvm_vcpu *from)
{
	/* L2's registers first, then what makes them L2's (svm_set_nested_state()). */
	static const struct {
		unsigned long get, set;
	} parts[] = {
		{ KVM_GET_SREGS, KVM_SET_SREGS },
		{ KVM_GET_REGS, KVM_SET_REGS },
		{ KVM_GET_XSAVE, KVM_SET_XSAVE },
		{ KVM_GET_DEBUGREGS, KVM_SET_DEBUGREGS },
	};
	struct one_msr hsave = { .msrs.nmsrs = 1, .entry.index = MSR_VM_HSAVE_PA };
	union nested_state nested;
	union {
		struct kvm_sregs sregs;
		struct kvm_regs regs;
		struct kvm_xsave xsave;
		struct kvm_debugregs debugregs;
	} part;
	int ret;

	complete_exit(from);
	leave_nested(vcpu);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		TEST_ASSERT_OK(ioctl(from->fd, parts[i].get, &part));
		TEST_ASSERT_OK(ioctl(vcpu->fd, parts[i].set, &part));
	}
	if (kvm_vendor() == HOST_STATE_SVM) {
		TEST_ASSERT_EQ(ioctl(from->fd, KVM_GET_MSRS, &hsave), 1);
		TEST_ASSERT_EQ(ioctl(vcpu->fd, KVM_SET_MSRS, &hsave), 1);
	}
	nested_get(from, &nested);
	ret = ioctl(vcpu->fd, KVM_SET_NESTED_STATE, &nested);
	TEST_RESOURCE(!ret || errno != ENOMEM, "KVM_SET_NESTED_STATE");
	TEST_ASSERT_OK(ret);
}
