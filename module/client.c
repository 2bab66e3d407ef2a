// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any other hypervisor as a client of the guard: include/host_state_check.h.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>

#include "host_state_check.h"
#include "kvm_host_state.h"

static bool client_on;

int host_state_check_entry(const void *vcpu, int last_cpu)
{
	struct hs_entry e = { .vcpu = vcpu, .from = last_cpu, .not_kvm = true };

	if (!READ_ONCE(client_on) || WARN_ON_ONCE(!irqs_disabled()) || !hs_guard_watches())
		return 0;
	return (int)hs_guard_enter(&e);
}
EXPORT_SYMBOL_GPL(host_state_check_entry);

int host_state_check_exit(const void *vcpu)
{
	return READ_ONCE(client_on) ? (int)hs_guard_leave(vcpu) : 0;
}
EXPORT_SYMBOL_GPL(host_state_check_exit);

/* On the way off, whoever is in one of them, with interrupts off, gets out first. */
void hs_client_set(bool on)
{
	WRITE_ONCE(client_on, on);
	if (!on)
		synchronize_rcu();
}
