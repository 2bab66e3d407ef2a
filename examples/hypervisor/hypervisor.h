/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * /dev/hypervisor_example: open() makes a virtual machine with one virtual CPU,
 * HV_RUN runs it.
 */
#ifndef HYPERVISOR_H
#define HYPERVISOR_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define HV_DEVICE	"/dev/hypervisor_example"

struct hv_run {
	__u64 calls;		/* in: how many VMCALLs to run for; out: all so far */
	__u64 exits;		/* VM exits so far */
	__u64 hops;		/* VM entries on another CPU than the one before */
	__u64 wrong;		/* VM entries that host_state_check_entry() refused */
	__u32 cpu;		/* of the last VM entry */
	__u32 pad;
};

#define HV_RUN		_IOWR('h', 0x01, struct hv_run)

#endif /* HYPERVISOR_H */
