// SPDX-License-Identifier: GPL-2.0-only
/* Virtual machines for the tests: creation, memory, running. */
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>

#include "kvm_util.h"

/*
 * Where vm_alloc() puts its pages: above any program linked at the usual
 * address, below 4 GiB.
 */
#define ALLOC_GVA	0x40000000ULL

static int kvm_fd = -1;

/**
 * kvm_open() - open /dev/kvm
 *
 * Where it does not exist, or may not be opened, the test is skipped.
 */
void kvm_open(void)
{
	int version;

	if (kvm_fd >= 0)
		return;
	kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm_fd < 0 && (errno == ENOENT || errno == ENODEV || errno == ENXIO))
		test_skip_all("no /dev/kvm: KVM is not loaded");
	if (kvm_fd < 0 && (errno == EACCES || errno == EPERM))
		test_skip_all("no permission for /dev/kvm: needs root, or the group kvm");
	TEST_ASSERT(kvm_fd >= 0, "cannot open /dev/kvm");
	version = ioctl(kvm_fd, KVM_GET_API_VERSION, 0);
	TEST_ASSERT_EQ(version, KVM_API_VERSION);
}

/** kvm_close() - what kvm_open() opened; VMs stay */
void kvm_close(void)
{
	if (kvm_fd >= 0)
		close(kvm_fd);
	kvm_fd = -1;
}

/** kvm_dev_fd() - the open /dev/kvm; kvm_open() where it is not open yet */
int kvm_dev_fd(void)
{
	kvm_open();
	return kvm_fd;
}

/** kvm_check_cap() - KVM_CHECK_EXTENSION for @cap; 0: KVM does not have it */
int kvm_check_cap(long cap)
{
	int ret = ioctl(kvm_dev_fd(), KVM_CHECK_EXTENSION, cap);

	TEST_ASSERT(ret >= 0, "KVM_CHECK_EXTENSION %ld", cap);
	return ret;
}

/** vm_phy_page_alloc() - a page of zeroes; its guest-physical address */
u64 vm_phy_page_alloc(struct kvm_vm *vm)
{
	u64 gpa = vm->next_page;

	TEST_ASSERT(gpa + PAGE_SIZE <= vm->mem_size,
		    "the VM's %zu bytes of memory are used up", vm->mem_size);
	vm->next_page += PAGE_SIZE;
	return gpa;
}

/** vm_alloc() - @pages pages of zeroes; their guest address, page-aligned */
u64 vm_alloc(struct kvm_vm *vm, size_t pages)
{
	u64 gva = vm->next_gva;

	/* A page in between stays unmapped: a stack that overflows faults. */
	vm->next_gva += (pages + 1) * PAGE_SIZE;
	vm_alloc_at(vm, gva, pages * PAGE_SIZE);
	return gva;
}

/**
 * vm_alloc_at() - memory at a chosen guest address
 * @vm: the VM
 * @gva: canonical; needs no alignment
 * @size: in bytes; pages of this range that are there already stay
 */
void vm_alloc_at(struct kvm_vm *vm, u64 gva, size_t size)
{
	u64 page = gva & ~(u64)(PAGE_SIZE - 1);

	for (; page - gva + PAGE_SIZE < size + PAGE_SIZE; page += PAGE_SIZE)
		if (!addr_gva2gpa(vm, page))
			virt_map(vm, page, vm_phy_page_alloc(vm), 1);
}

/** addr_gpa2hva() - the host address of guest-physical @gpa */
void *addr_gpa2hva(struct kvm_vm *vm, u64 gpa)
{
	TEST_ASSERT(gpa < vm->mem_size, "no guest memory at 0x%llx", gpa);
	return (char *)vm->mem + gpa;
}

/** addr_gva2hva() - the host address of guest address @gva, which is mapped */
void *addr_gva2hva(struct kvm_vm *vm, u64 gva)
{
	u64 gpa = addr_gva2gpa(vm, gva);

	TEST_ASSERT(gpa, "no guest page at address 0x%llx", gva);
	return addr_gpa2hva(vm, gpa);
}

/* The first object is the program itself; shared libraries stay outside. */
static int copy_image(struct dl_phdr_info *info, size_t size, void *data)
{
	struct kvm_vm *vm = data;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const typeof(info->dlpi_phdr[0]) *segment = &info->dlpi_phdr[i];
		u64 start = info->dlpi_addr + segment->p_vaddr;
		u64 end = start + segment->p_memsz;

		if (segment->p_type != PT_LOAD)
			continue;
		start &= ~(u64)(PAGE_SIZE - 1);
		vm_alloc_at(vm, start, end - start);
		for (; start < end; start += PAGE_SIZE)
			memcpy(addr_gva2hva(vm, start), (void *)(uintptr_t)start, PAGE_SIZE);
	}
	return 1;
}

/**
 * vm_create() - a VM with a copy of this program and no vCPU
 * @mem_size: of guest memory, in bytes
 *
 * The memory is one private anonymous mapping, vm->mem, not yet populated but
 * for the program and the tables.
 */
struct kvm_vm *vm_create(size_t mem_size)
{
	struct kvm_userspace_memory_region region = { .memory_size = mem_size };
	struct kvm_vm *vm = calloc(1, sizeof(*vm));

	TEST_RESOURCE(vm, "not enough memory for a VM");
	vm->fd = ioctl(kvm_dev_fd(), KVM_CREATE_VM, 0);
	TEST_RESOURCE(vm->fd >= 0, "KVM_CREATE_VM");
	vm->mem_size = mem_size;
	vm->mem = mmap(NULL, mem_size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	TEST_RESOURCE(vm->mem != MAP_FAILED, "mmap of %zu bytes", mem_size);
	region.userspace_addr = (u64)(uintptr_t)vm->mem;
	TEST_RESOURCE(!ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region),
		      "KVM_SET_USER_MEMORY_REGION");

	/* Address 0 stays free: it means "not mapped" here. */
	vm->next_page = PAGE_SIZE;
	vm->next_gva = ALLOC_GVA;
	vm->pml4 = vm_phy_page_alloc(vm);
	dl_iterate_phdr(copy_image, vm);
	vm_arch_create(vm);
	return vm;
}

/**
 * vm_vcpu_add() - add a vCPU that starts in ring 0 of 64-bit mode
 * @vm: the VM
 * @id: below VM_MAX_VCPUS, not used yet
 * @guest_code: the function it starts in; vcpu_args_set() gives it arguments
 */
struct kvm_vcpu *vm_vcpu_add(struct kvm_vm *vm, u32 id, void *guest_code)
{
	int size = ioctl(kvm_dev_fd(), KVM_GET_VCPU_MMAP_SIZE, 0);
	struct kvm_vcpu *vcpu = calloc(1, sizeof(*vcpu));

	TEST_ASSERT(id < VM_MAX_VCPUS && !vm->vcpus[id], "vCPU id %u", id);
	TEST_ASSERT(size > 0, "KVM_GET_VCPU_MMAP_SIZE: %d", size);
	TEST_RESOURCE(vcpu, "not enough memory for vCPU %u", id);
	vcpu->vm = vm;
	vcpu->id = id;
	vcpu->fd = ioctl(vm->fd, KVM_CREATE_VCPU, (unsigned long)id);
	TEST_RESOURCE(vcpu->fd >= 0, "KVM_CREATE_VCPU %u", id);
	vcpu->run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	TEST_RESOURCE(vcpu->run != MAP_FAILED, "mmap of vCPU %u", id);
	/* A ucall's RDI comes with the exit and costs no system call. */
	vcpu->run->kvm_valid_regs = KVM_SYNC_X86_REGS;
	vm->vcpus[id] = vcpu;
	vcpu_arch_create(vcpu, guest_code);
	return vcpu;
}

/** vm_create_with_one_vcpu() - a VM of the default size with vCPU 0 */
struct kvm_vm *vm_create_with_one_vcpu(struct kvm_vcpu **vcpu, void *guest_code)
{
	struct kvm_vm *vm = vm_create(VM_DEFAULT_MEM);

	*vcpu = vm_vcpu_add(vm, 0, guest_code);
	return vm;
}

/** vm_create_with_apic() - the same, with its interrupt controllers in the kernel */
struct kvm_vm *vm_create_with_apic(struct kvm_vcpu **vcpu, void *guest_code)
{
	struct kvm_vm *vm = vm_create(VM_DEFAULT_MEM);

	TEST_RESOURCE(!ioctl(vm->fd, KVM_CREATE_IRQCHIP, 0), "KVM_CREATE_IRQCHIP");
	*vcpu = vm_vcpu_add(vm, 0, guest_code);
	return vm;
}

/** kvm_vm_free() - close a VM, its vCPUs and its memory; none may be running */
void kvm_vm_free(struct kvm_vm *vm)
{
	int size = ioctl(kvm_dev_fd(), KVM_GET_VCPU_MMAP_SIZE, 0);

	for (u32 id = 0; id < VM_MAX_VCPUS; id++) {
		if (!vm->vcpus[id])
			continue;
		munmap(vm->vcpus[id]->run, (size_t)size);
		close(vm->vcpus[id]->fd);
		free(vm->vcpus[id]);
	}
	close(vm->fd);
	munmap(vm->mem, vm->mem_size);
	free(vm);
}

/** _vcpu_run() - KVM_RUN as it is: 0, or -1 with errno */
int _vcpu_run(struct kvm_vcpu *vcpu)
{
	return ioctl(vcpu->fd, KVM_RUN, NULL);
}

/**
 * vcpu_check_run() - assert that a KVM_RUN succeeded
 * @vcpu: its vCPU
 * @error: 0 or -errno
 *
 * A VM's first KVM_RUN starts a thread of KVM's (kvm_mmu_post_init_vm()), for which
 * there may be no room: that is no failure of KVM.
 */
void vcpu_check_run(struct kvm_vcpu *vcpu, int error)
{
	errno = -error;
	if (!READ_ONCE(vcpu->vm->has_run))
		TEST_RESOURCE(!error, "the first KVM_RUN of a VM");
	TEST_ASSERT(!error, "KVM_RUN of vCPU %u", vcpu->id);
	WRITE_ONCE(vcpu->vm->has_run, true);
}

/** vcpu_run() - KVM_RUN until it exits for another reason than a signal */
void vcpu_run(struct kvm_vcpu *vcpu)
{
	int ret;

	test_progress("exit of vCPU", vcpu->id, -1);
	do {
		ret = _vcpu_run(vcpu);
	} while (ret < 0 && errno == EINTR);
	vcpu_check_run(vcpu, ret ? -errno : 0);
}

/**
 * vcpu_exit_text() - say why KVM_RUN came back
 * @vcpu: that came back
 * @text: receives e.g. "KVM_EXIT_INTERNAL_ERROR suberror 1"
 * @size: of @text
 */
void vcpu_exit_text(const struct kvm_vcpu *vcpu, char *text, size_t size)
{
	const struct kvm_run *run = vcpu->run;

	switch (run->exit_reason) {
	case KVM_EXIT_IO:
		snprintf(text, size, "KVM_EXIT_IO port 0x%x", run->io.port);
		break;
	case KVM_EXIT_MMIO:
		snprintf(text, size, "KVM_EXIT_MMIO at guest-physical 0x%llx",
			 (u64)run->mmio.phys_addr);
		break;
	case KVM_EXIT_HLT:
		snprintf(text, size, "KVM_EXIT_HLT");
		break;
	case KVM_EXIT_SHUTDOWN:
		snprintf(text, size, "KVM_EXIT_SHUTDOWN (a triple fault of the guest)");
		break;
	case KVM_EXIT_FAIL_ENTRY:
		snprintf(text, size, "KVM_EXIT_FAIL_ENTRY hardware reason 0x%llx",
			 (u64)run->fail_entry.hardware_entry_failure_reason);
		break;
	case KVM_EXIT_INTERNAL_ERROR:
		snprintf(text, size, "KVM_EXIT_INTERNAL_ERROR suberror %u",
			 run->internal.suberror);
		break;
	default:
		snprintf(text, size, "exit reason %u", run->exit_reason);
	}
}

/** vcpu_regs_get() - KVM_GET_REGS; between runs, as the three that follow */
void vcpu_regs_get(struct kvm_vcpu *vcpu, struct kvm_regs *regs)
{
	TEST_ASSERT_OK(ioctl(vcpu->fd, KVM_GET_REGS, regs));
}

/** vcpu_regs_set() - KVM_SET_REGS */
void vcpu_regs_set(struct kvm_vcpu *vcpu, struct kvm_regs *regs)
{
	TEST_ASSERT_OK(ioctl(vcpu->fd, KVM_SET_REGS, regs));
}

/** vcpu_sregs_get() - KVM_GET_SREGS */
void vcpu_sregs_get(struct kvm_vcpu *vcpu, struct kvm_sregs *sregs)
{
	TEST_ASSERT_OK(ioctl(vcpu->fd, KVM_GET_SREGS, sregs));
}

/** vcpu_sregs_set() - KVM_SET_SREGS */
void vcpu_sregs_set(struct kvm_vcpu *vcpu, struct kvm_sregs *sregs)
{
	TEST_ASSERT_OK(ioctl(vcpu->fd, KVM_SET_SREGS, sregs));
}
