// SPDX-License-Identifier: GPL-2.0-only
/* What KVM counts (KVM's api.rst, 4.133). */
#include "kvm_util.h"

static void read_at(int fd, void *data, size_t size, u64 offset)
{
	TEST_ASSERT(pread(fd, data, size, (off_t)offset) == (ssize_t)size,
		    "KVM's statistics: %zu bytes at %llu", size, offset);
}

/**
 * kvm_vm_stat() - a count of KVM's for a VM
 * @name: as in /sys/kernel/debug/kvm/
 *
 * A count that this KVM does not have is always 0.
 */
u64 kvm_vm_stat(const struct kvm_vm *vm, const char *name)
{
	int fd = ioctl(vm->fd, KVM_GET_STATS_FD, NULL);
	struct kvm_stats_header head;
	struct kvm_stats_desc *desc;
	u64 value = 0, at;
	size_t size;

	TEST_RESOURCE(fd >= 0, "KVM_GET_STATS_FD");
	read_at(fd, &head, sizeof(head), 0);
	size = sizeof(*desc) + head.name_size;
	desc = malloc(size);
	TEST_RESOURCE(desc, "not enough memory for KVM's statistics");
	for (u32 i = 0; i < head.num_desc; i++) {
		at = head.desc_offset + i * size;
		read_at(fd, desc, size, at);
		if (!strcmp(desc->name, name))
			read_at(fd, &value, sizeof(value), head.data_offset + desc->offset);
	}
	free(desc);
	close(fd);
	return value;
}
