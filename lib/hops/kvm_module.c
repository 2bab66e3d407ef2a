// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM's modules: to unload them, and to load them again with what they had.
 *
 * Where they are files in /modules (the lab's VMs) these are loaded, else modprobe
 * knows.  What was unloaded is loaded again on every way out but SIGKILL.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "kvm_module.h"
#include "kvm_util.h"

#define FOLDER	"/modules"

static struct module {
	const char *name, *file;	/* the order in which they load */
	char parameters[1024];
	bool unloaded;
} modules[] = {
	{ .name = "kvm", .file = FOLDER "/kvm.ko" },
	{ .name = "kvm_intel", .file = FOLDER "/kvm-intel.ko" },
	{ .name = "kvm_amd", .file = FOLDER "/kvm-amd.ko" },
};

static bool is_loaded(const struct module *m)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", m->name);
	return !access(path, R_OK);
}

static bool is_used(const struct module *m)
{
	unsigned int users = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", m->name);
	file = fopen(path, "r");
	if (file) {
		if (fscanf(file, "%u", &users) != 1)
			users = 0;
		fclose(file);
	}
	return users > 0;
}

/* In the lab's VM there is nobody else: who uses KVM there is a failure of its own. */
static bool in_lab(void)
{
	return !access(FOLDER, F_OK);
}

/* kvm itself is used by its vendor's module alone, where nobody else uses it. */
static bool has_other_users(void)
{
	const struct dirent *entry;
	int holders = 0;
	DIR *dir = opendir("/sys/module/kvm/holders");

	while (dir && (entry = readdir(dir)))
		holders += entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return holders > 1 || is_used(&modules[1]) || is_used(&modules[2]);
}

/**
 * kvm_module_why_not() - NULL if KVM may be unloaded here, else the reason
 *
 * It is the whole machine's: on somebody's host that is asked for by name.
 */
const char *kvm_module_why_not(void)
{
	if (!test_options.disruptive)
		return TEST_DISRUPTIVE "it unloads KVM";
	if (geteuid())
		return "only root may unload KVM";
	if (!is_loaded(&modules[1]) && !is_loaded(&modules[2]))
		return "KVM is no module that could be unloaded";
	if (!in_lab() && has_other_users())
		return "somebody uses KVM: a VM, or a module that depends on it";
	return NULL;
}

/* Those that are numbers or flags; the rest does not read as it is written. */
static void remember_parameters(struct module *m)
{
	char path[400], value[64];
	size_t used = 0;
	struct dirent *entry;
	FILE *file;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/module/%s/parameters", m->name);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/sys/module/%s/parameters/%s", m->name,
			 entry->d_name);
		file = entry->d_name[0] == '.' ? NULL : fopen(path, "r");
		if (file && fgets(value, sizeof(value), file) &&
		    strspn(value, "YN0123456789-") == strcspn(value, "\n") &&
		    used < sizeof(m->parameters)) {
			value[strcspn(value, "\n")] = '\0';
			used += (size_t)snprintf(m->parameters + used,
						 sizeof(m->parameters) - used, "%s=%s ",
						 entry->d_name, value);
		}
		if (file)
			fclose(file);
	}
	if (dir)
		closedir(dir);
}

static int load_file(const struct module *m)
{
	int fd = open(m->file, O_RDONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return -1;
	ret = (int)syscall(SYS_finit_module, fd, m->parameters, 0);
	close(fd);
	return ret;
}

/* Also on the way out: what a signal handler may do. */
static int load(const struct module *m)
{
	pid_t child;
	int status;

	if (!load_file(m))
		return 0;
	if (errno != ENOENT)
		return -1;
	child = fork();
	if (!child) {
		execlp("modprobe", "modprobe", m->name, m->parameters, NULL);
		_exit(127);
	}
	return child < 0 || waitpid(child, &status, 0) < 0 || status ? -1 : 0;
}

static void load_again(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(modules); i++) {
		if (modules[i].unloaded && !load(&modules[i]))
			modules[i].unloaded = false;
	}
}

/** kvm_module_unload() - KVM and its vendor's module; no VM may be there */
void kvm_module_unload(void)
{
	test_on_exit(load_again);
	for (size_t i = ARRAY_SIZE(modules); i--;) {
		struct module *m = &modules[i];

		if (!is_loaded(m))
			continue;
		if (!m->parameters[0])
			remember_parameters(m);
		m->unloaded = !syscall(SYS_delete_module, m->name, O_NONBLOCK);
		TEST_RESOURCE(m->unloaded || in_lab() || errno != EWOULDBLOCK,
			      "%s: somebody uses KVM now", m->name);
		TEST_ASSERT(m->unloaded, "cannot unload %s", m->name);
	}
}

/** kvm_module_load() - what was unloaded; it must work */
void kvm_module_load(void)
{
	load_again();
	for (size_t i = 0; i < ARRAY_SIZE(modules); i++)
		TEST_ASSERT(!modules[i].unloaded, "%s does not load again", modules[i].name);
}
