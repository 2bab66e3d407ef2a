/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guard of the module kvm_host_state, for a hypervisor that is not KVM.
 *
 * Both functions are to be called with interrupts off, on the CPU that goes into
 * the guest, and so that nothing changes what a VM exit loads in between:
 *
 *	local_irq_disable();
 *	... all of the VMCS is written, it is the current one ...
 *	host_state_check_entry(vcpu, vcpu->last_cpu);
 *	VMLAUNCH or VMRESUME; on AMD VMLOAD, VMRUN, and VMLOAD of the host's state
 *	host_state_check_exit(vcpu);
 *	local_irq_enable();
 *
 * On VMX the first looks at all that the VMCS has an exit load, but for DS, ES, FS and GS:
 * those must be the thread's again in the second.  On SVM, where each hypervisor has a
 * place of its own for the host's state, the second alone looks at it.
 *
 * The guard is set for the processes of one command: a kernel thread that enters guests
 * is looked at with `watch --all` alone.
 *
 * They cost nothing to speak of while the guard is off.  On, it counts and reports
 * as it does for KVM, and puts right what is wrong in mode "repair".
 */
#ifndef HOST_STATE_CHECK_H
#define HOST_STATE_CHECK_H

/**
 * host_state_check_entry - compare what the next VM exit will load with what it must
 * @vcpu: tells this virtual CPU from any other
 * @last_cpu: the CPU of its last VM entry, -1 if it never was in the guest
 *
 * Return: how many values were wrong.  0: none, or the guard is off, or it was set
 * to look at other processes.  In mode "repair" they are right by now; in mode
 * "report" an entry would load them: better do not enter.
 */
int host_state_check_entry(const void *vcpu, int last_cpu);

/**
 * host_state_check_exit - compare what the CPU holds with what it held at the entry
 * @vcpu: as for the entry
 *
 * Right after the exit, and after what the hypervisor puts back by itself (limits
 * of GDTR and IDTR, selectors, LDTR).  Return: as above.
 */
int host_state_check_exit(const void *vcpu);

#endif /* HOST_STATE_CHECK_H */
