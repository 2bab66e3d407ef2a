// SPDX-License-Identifier: GPL-2.0-only
/*
 * When the guard is on: only while an open file wants it.  Its probes on KVM's
 * tracepoints are there only then, and only while kvm.ko is; other hypervisors
 * call by themselves (client.c).
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
static bool probing;
static u32 guard_mode;
static int guard_error;			/* why the guard that was on is off */
static const struct file *guard_owner;

/* All of them are kvm.ko's. */
static struct probe {
	const char *name;
	void * const *fn;
	bool needed;			/* without it the guard is none */
	struct tracepoint *tp;
	bool on;
} probes[] = {
	/* An entry is only opened once its exit is looked at. */
	{ "kvm_exit", &hs_kvm_exit, true },
	{ "kvm_entry", &hs_kvm_entry, true },
	{ "kvm_pio", &hs_look_handling },
	{ "kvm_userspace_exit", &hs_look_userspace_exit },
};

static void stop_probing(void)
{
	unsigned int i = ARRAY_SIZE(probes);

	if (!probing)
		return;
	hs_user_set(false);
	while (i--) {
		if (probes[i].on)
			tracepoint_probe_unregister(probes[i].tp, *probes[i].fn, NULL);
		probes[i].on = false;
	}
	tracepoint_synchronize_unregister();
	hs_look_end();
	probing = false;
}

/* Without kvm.ko there is nothing to probe yet. */
static int start_probing(void)
{
	struct probe *p = probes;
	int ret;

	if (!hs_vendor)
		return -ENODEV;
	for (; p < probes + ARRAY_SIZE(probes); p++) {
		if (!p->tp && p->needed)
			return 0;
	}
#if defined(CONFIG_CFI_CLANG) && !defined(KVM_ENTRY_HAS_IMMEDIATE_EXIT)
	/* A probe of the wrong type would be the host's end. */
	return -EOPNOTSUPP;
#endif
	probing = true;
	for (p = probes; p < probes + ARRAY_SIZE(probes); p++) {
		ret = p->tp ? tracepoint_probe_register(p->tp, *p->fn, NULL) : -ENOENT;
		p->on = !ret;
		if (ret && p->needed) {
			stop_probing();
			return ret;
		}
	}
	return 0;
}

static int start(u32 mode)
{
	int ret = start_probing();

	if (ret)
		return ret;
	hs_client_set(true);
	hs_records_tell();
	WRITE_ONCE(guard_mode, mode);
	return 0;
}

static void stop(void)
{
	stop_probing();
	hs_client_set(false);
	hs_records_told();
	WRITE_ONCE(guard_mode, HOST_STATE_GUARD_OFF);
}

/**
 * hs_guard_set - set the guard's mode and clear all counts
 * @file: whose the guard is until it sets it off or is closed
 * @set: the mode, and whose entries and exits it concerns
 *
 * Return: 0, -EINVAL for an unknown mode, -EBUSY while the guard is another
 * file's, -ENODEV where the CPU has neither VMX nor SVM, -EOPNOTSUPP where the type of
 * a probe is not known and CFI checks it, -ENOMEM.
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
	stop();
	guard_owner = NULL;
	guard_error = 0;
	ret = hs_guard_reset(set);
	if (ret || set->mode == HOST_STATE_GUARD_OFF)
		goto out;
	ret = start(set->mode);
	if (!ret)
		guard_owner = file;
out:
	mutex_unlock(&guard_lock);
	return ret;
}

/**
 * hs_guard_user - look at each return to user mode, or do not
 * @file: whose the guard is
 * @on: whether to
 *
 * Return: 0, or -EPERM where the guard is not that file's.
 */
int hs_guard_user(struct file *file, bool on)
{
	int ret = -EPERM;

	mutex_lock(&guard_lock);
	if (guard_owner == file && probing) {
		hs_user_set(on);
		ret = 0;
	}
	mutex_unlock(&guard_lock);
	return ret;
}

/* The guard goes off with the file that set it; what it counted stays. */
void hs_guard_release(struct file *file)
{
	mutex_lock(&guard_lock);
	if (guard_owner == file) {
		stop();
		guard_owner = NULL;
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
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		if (!strcmp(tp->name, probes[i].name))
			probes[i].tp = tp;
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
			stop();
	} else if (event == MODULE_STATE_GOING) {
		stop_probing();
		for (i = 0; i < ARRAY_SIZE(probes); i++)
			probes[i].tp = NULL;
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
