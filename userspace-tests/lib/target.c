// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "kdal.h"
#include "kt.h"

#define TARGET_DIR DEBUGFS "/kdal_target"

void beside_tests(char *path, size_t size, const char *variable, const char *name)
{
	const char *env = getenv(variable);
	char exe[512];
	ssize_t len;
	char *slash;
	int up;

	if (env) {
		snprintf(path, size, "%s", env);
		return;
	}
	len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	exe[len > 0 ? len : 0] = 0;
	for (up = 0; up < 2 && (slash = strrchr(exe, '/')); up++)
		*slash = 0;
	snprintf(path, size, "%s/%s", exe, name);
}

const char *module_dir(void)
{
	static char dir[576];

	beside_tests(dir, sizeof(dir), "KDAL_MODULES", "modules");
	return dir;
}

static const char *wanted_file;
static char found_path[600];

static int is_wanted(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	if (type != FTW_F || strcmp(path + ftw->base, wanted_file))
		return 0;
	snprintf(found_path, sizeof(found_path), "%s", path);
	return 1;
}

/* Of the tests or, for what the kernel brings along, where depmod looks. */
static int module_open(const char *name)
{
	char file[64], path[768];
	struct utsname uts;
	int fd;

	snprintf(file, sizeof(file), "%s.ko", name);
	snprintf(path, sizeof(path), "%s/%s", module_dir(), file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 || uname(&uts))
		return fd;
	snprintf(path, sizeof(path), "/lib/modules/%s", uts.release);
	wanted_file = file;
	if (nftw(path, is_wanted, 8, FTW_PHYS) != 1) {
		errno = ENOENT;
		return -1;
	}
	return open(found_path, O_RDONLY | O_CLOEXEC);
}

bool module_built(const char *name)
{
	int fd = module_open(name);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

int module_load(const char *name, const char *args)
{
	int fd = module_open(name), err;

	if (fd < 0)
		return -errno;
	err = syscall(SYS_finit_module, fd, args, 0) ? -errno : 0;
	close(fd);
	return err;
}

int module_unload(const char *name)
{
	int err;

	/* -EAGAIN: somebody, the last reader of a file perhaps, still holds it */
	WAIT_FOR((err = syscall(SYS_delete_module, name, O_NONBLOCK) ? -errno : 0) != -EAGAIN,
		 2000);
	return err;
}

bool module_loaded(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/%s/initstate", name);
	return !access(path, F_OK);
}

static int vcommand(const char *path, const char *fmt, va_list ap)
{
	char text[256];

	vsnprintf(text, sizeof(text), fmt, ap);
	return file_puts(path, text);
}

int target(const char *fmt, ...)
{
	va_list ap;
	int err;

	va_start(ap, fmt);
	err = vcommand(TARGET_DIR "/cmd", fmt, ap);
	va_end(ap);
	return err;
}

void target_do(const char *fmt, ...)
{
	va_list ap;
	int err;

	va_start(ap, fmt);
	err = vcommand(TARGET_DIR "/cmd", fmt, ap);
	va_end(ap);
	REQUIRE(!err, "kdal_target: %s: %s", fmt, strerror(-err));
}

void target_step(const char *cmd)
{
	if (!strcmp(cmd, "verify"))
		kdal_verify();
	else
		target_do("%s", cmd);
}

int neighbour(const char *fmt, ...)
{
	va_list ap;
	int err;

	va_start(ap, fmt);
	err = vcommand(DEBUGFS "/kdal_neighbour/cmd", fmt, ap);
	va_end(ap);
	return err;
}

long long target_value(const char *key)
{
	char *text = file_read(TARGET_DIR "/cmd"), *rest = text, *word;
	size_t len = strlen(key);
	long long value = -1;

	REQUIRE(text, "kdal_target: no result: %s", strerror(errno));
	while ((word = strsep(&rest, " \n")))
		if (!strncmp(word, key, len) && word[len] == '=')
			value = strtoll(word + len + 1, NULL, 0);
	free(text);
	REQUIRE(value != -1, "kdal_target: no result %s", key);
	return value;
}

int target_copy(bool to_user, unsigned int slot, unsigned int off, void *buf, size_t len)
{
	int fd, err;

	file_put_number("/sys/module/kdal_target/parameters/data_slot", slot);
	file_put_number("/sys/module/kdal_target/parameters/data_off", off);
	fd = open(TARGET_DIR "/data", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = (to_user ? read(fd, buf, len) : write(fd, buf, len)) < 0 ? -errno : 0;
	close(fd);
	return err;
}
