// SPDX-License-Identifier: GPL-2.0-only
/*
 * When the guard's probes are on: only while an open file wants them, and only
 * while kvm.ko is there.  Without them its tracepoints cost nothing.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "kvm_host_state.h"

/* Protects all below; nests inside the tracepoint module notifier's lock. */
static DEFINE_MUTEX(guard_lock);
static struct tracepoint *tp_entry, *tp_exit;
static bool probing;
static u32 guard_mode;
static int guard_error;			/* why the guard that was on is off */
static const struct file *guard_owner;

static void stop_probing(void)
{
	if (!probing)
		return;
	tracepoint_probe_unregister(tp_entry, hs_kvm_entry, NULL);
	tracepoint_probe_unregister(tp_exit, hs_kvm_exit, NULL);
	tracepoint_synchronize_unregister();
	hs_records_told();
	probing = false;
}

static int start_probing(void)
{
	int ret;

	if (!hs_vendor || !tp_entry || !tp_exit)
		return -ENODEV;
	ret = tracepoint_probe_register(tp_exit, hs_kvm_exit, NULL);
	if (ret)
		return ret;
	ret = tracepoint_probe_register(tp_entry, hs_kvm_entry, NULL);
	if (ret) {
		tracepoint_probe_unregister(tp_exit, hs_kvm_exit, NULL);
		tracepoint_synchronize_unregister();
		return ret;
	}
	probing = true;
	hs_records_tell();
	return 0;
}

/**
 * hs_guard_set - set the guard's mode and clear all counts
 * @file: whose the guard is until it sets it off or is closed
 * @set: the mode, and whose entries and exits it concerns
 *
 * Return: 0, -EINVAL for an unknown mode, -EBUSY while the guard is another
 * file's, -ENODEV where KVM's tracepoints are not there, -ENOMEM.
 */
int hs_guard_set(struct file *file, const struct host_state_guard_set *set)
{
	int ret = 0;

	if (set->mode > HOST_STATE_GUARD_REPAIR || set->whom > HOST_STATE_EVERYBODY)
		return -EINVAL;
	mutex_lock(&guard_lock);
	if (guard_owner && guard_owner != file) {
		ret = -EBUSY;
		goto out;
	}
	stop_probing();
	guard_owner = NULL;
	WRITE_ONCE(guard_mode, HOST_STATE_GUARD_OFF);
	guard_error = 0;
	ret = hs_guard_reset(set);
	if (ret || set->mode == HOST_STATE_GUARD_OFF)
		goto out;
	ret = start_probing();
	if (ret)
		goto out;
	WRITE_ONCE(guard_mode, set->mode);
	guard_owner = file;
out:
	mutex_unlock(&guard_lock);
	return ret;
}

/* The guard goes off with the file that set it; what it counted stays. */
void hs_guard_release(struct file *file)
{
	mutex_lock(&guard_lock);
	if (guard_owner == file) {
		stop_probing();
		guard_owner = NULL;
		WRITE_ONCE(guard_mode, HOST_STATE_GUARD_OFF);
	}
	mutex_unlock(&guard_lock);
}

u32 hs_guard_mode(void)
{
	return READ_ONCE(guard_mode);
}

/* The mode, and why it is off if nobody has set it off. */
void hs_guard_state(struct host_state_guard *guard)
{
	mutex_lock(&guard_lock);
	guard->mode = guard_mode;
	guard->error = guard_error;
	mutex_unlock(&guard_lock);
}

static void match_tracepoint(struct tracepoint *tp, void *unused)
{
	if (!strcmp(tp->name, "kvm_entry"))
		tp_entry = tp;
	else if (!strcmp(tp->name, "kvm_exit"))
		tp_exit = tp;
}

/*
 * kvm.ko comes or goes.  A guard that is on stays on: it probes the new kvm.ko,
 * or is off from then on, and says so.
 * When it goes no vCPU is left, and the tracepoint code insists on no probe.
 */
static int kvm_module_notify(struct notifier_block *nb, unsigned long event,
			     void *data)
{
	const struct tp_module *tp_module = data;
	struct module *mod = tp_module->mod;
	unsigned int i;

	if (strcmp(mod->name, "kvm"))
		return NOTIFY_OK;
	mutex_lock(&guard_lock);
	if (event == MODULE_STATE_COMING) {
		for (i = 0; i < mod->num_tracepoints; i++)
			match_tracepoint(tracepoint_ptr_deref(&mod->tracepoints_ptrs[i]),
					 NULL);
		if (guard_owner)
			guard_error = start_probing();
		if (guard_error)
			WRITE_ONCE(guard_mode, HOST_STATE_GUARD_OFF);
	} else if (event == MODULE_STATE_GOING) {
		stop_probing();
		tp_entry = NULL;
		tp_exit = NULL;
	}
	mutex_unlock(&guard_lock);
	return NOTIFY_OK;
}

static struct notifier_block kvm_module_nb = {
	.notifier_call = kvm_module_notify,
};

int hs_control_init(void)
{
	/* KVM=y: the tracepoints are in the kernel, not in kvm.ko. */
	for_each_kernel_tracepoint(match_tracepoint, NULL);
	return register_tracepoint_module_notifier(&kvm_module_nb);
}

/* No file is open any more, so the guard is off. */
void hs_control_exit(void)
{
	unregister_tracepoint_module_notifier(&kvm_module_nb);
	tracepoint_synchronize_unregister();
}
