// SPDX-License-Identifier: GPL-2.0-only
/*
 * Settings that name CPUs, and that the kernel changes when a CPU goes offline and
 * does not put back when it returns: the affinity of interrupts, the cpusets of
 * cgroup version 1, the groups of resctrl.
 */
#include <fcntl.h>
#include <glob.h>

#include "cpu_hotplug.h"

/* Those above before those below, which may have no more than they have. */
static const char * const patterns[] = {
	"/proc/irq/*/smp_affinity_list",
	"/sys/fs/cgroup/cpuset/*/cpuset.cpus",
	"/sys/fs/cgroup/cpuset/*/*/cpuset.cpus",
	"/sys/fs/cgroup/cpuset/*/*/*/cpuset.cpus",
	"/sys/fs/resctrl/*/cpus_list",
	"/sys/fs/resctrl/mon_groups/*/cpus_list",
	"/sys/fs/resctrl/*/mon_groups/*/cpus_list",
};

#define MAX_TEXT	4096

static struct kept_file {
	char *path, *text;
} *files;

static size_t nr_files;

static ssize_t read_text(const char *path, char *text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, text, MAX_TEXT - 1);

	if (fd >= 0)
		close(fd);
	if (len >= 0)
		text[len] = '\0';
	return len;
}

static void keep(const char *path)
{
	struct kept_file *more;
	char text[MAX_TEXT];

	/* Nothing is lost of what names no CPU, or cannot be written. */
	if (read_text(path, text) <= 1 || access(path, W_OK))
		return;
	more = realloc(files, (nr_files + 1) * sizeof(*files));
	TEST_RESOURCE(more, "not enough memory for %zu files", nr_files + 1);
	files = more;
	files[nr_files] = (struct kept_file) { strdup(path), strdup(text) };
	TEST_RESOURCE(files[nr_files].path && files[nr_files].text, "not enough memory");
	nr_files++;
}

/** kept_files_save() - remember them all, before the first CPU goes */
void kept_files_save(void)
{
	glob_t found;

	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		if (glob(patterns[i], 0, NULL, &found))
			continue;
		for (size_t n = 0; n < found.gl_pathc; n++)
			keep(found.gl_pathv[n]);
		globfree(&found);
	}
}

/**
 * kept_files_restore() - write those that have changed, when all CPUs are back
 *
 * One that refuses stays as the kernel made it: an interrupt that the kernel itself
 * places is put back by the kernel.
 */
void kept_files_restore(void)
{
	char text[MAX_TEXT];

	for (size_t i = 0; i < nr_files; i++) {
		const struct kept_file *file = &files[i];
		int fd;

		if (read_text(file->path, text) < 0 || !strcmp(text, file->text))
			continue;
		fd = open(file->path, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (write(fd, file->text, strlen(file->text)) > 0)
			printf("# %s is %s", file->path, file->text);
		close(fd);
	}
}
