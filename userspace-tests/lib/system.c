// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kdal.h"
#include "kt.h"

#define MAX_CHILDREN 16

/* The line of /proc/slabinfo whose first word is @name, or starts with it. */
static char *slabinfo_line(const char *name, bool whole)
{
	char *text = file_read("/proc/slabinfo"), *rest = text, *line, *found = NULL;
	size_t len = strlen(name);

	while (!found && (line = strsep(&rest, "\n")))
		if (!strncmp(line, name, len) && (!whole || line[len] == ' '))
			found = strdup(line);
	free(text);
	return found;
}

long long slabinfo(const char *name, enum slab_col col)
{
	char *line = slabinfo_line(name, true);
	long long v[3] = { -1, -1, -1 };

	if (line)
		sscanf(line, "%*s %lld %lld %lld", &v[0], &v[1], &v[2]);
	free(line);
	return v[col];
}

bool slabinfo_has_prefix(const char *prefix)
{
	char *line = slabinfo_line(prefix, false);
	bool has = line;

	free(line);
	return has;
}

bool kernel_has(const char *function)
{
	char *syms = file_read("/proc/kallsyms"), want[64];
	bool there;

	snprintf(want, sizeof(want), " %s\n", function);
	there = syms && strstr(syms, want);
	free(syms);
	return there;
}

long long meminfo(const char *name)
{
	char *text = file_read("/proc/meminfo");
	long long value = text ? text_value(text, name) : -1;

	free(text);
	return value;
}

/* Sequence number of the mark in the kernel log. */
static unsigned long long kmsg_from;

/* The next record's text, its number in @seq; NULL at the end of the log. */
static char *kmsg_next(int fd, char *rec, size_t size, unsigned long long *seq)
{
	ssize_t len;
	char *text;

	do {
		len = read(fd, rec, size - 1);
	} while (len < 0 && errno == EPIPE);	/* overwritten: the next one left */
	if (len <= 0)
		return NULL;
	rec[len] = 0;
	text = strchr(rec, ';');
	if (!text || sscanf(rec, "%*u,%llu,", seq) != 1)
		return NULL;
	rec[strcspn(rec, "\n")] = 0;
	return text + 1;
}

void kmsg_mark(const char *what)
{
	int fd = open("/dev/kmsg", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	unsigned long long seq;
	char rec[8192];
	int len = snprintf(rec, 256, "<6>kdal-tests: %s\n", what);

	if (fd < 0)
		return;
	lseek(fd, 0, SEEK_END);
	/* The kernel may limit the rate of these, and drop the mark. */
	if (write(fd, rec, len) == len && kmsg_next(fd, rec, sizeof(rec), &seq)) {
		kmsg_from = seq;
	} else {
		lseek(fd, 0, SEEK_SET);
		while (kmsg_next(fd, rec, sizeof(rec), &seq))
			kmsg_from = seq + 1;
	}
	close(fd);
}

/* The first text since the mark that @wanted says true of. */
static char *kmsg_search(bool (*wanted)(const char *line, const char *text), const char *text)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char rec[8192], *line, *found = NULL;
	unsigned long long seq;

	if (fd < 0)
		return NULL;
	while (!found && (line = kmsg_next(fd, rec, sizeof(rec), &seq)))
		if (seq >= kmsg_from && wanted(line, text))
			found = strdup(line);
	close(fd);
	return found;
}

char *kmsg_text(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char rec[8192], *line, *text = NULL;
	unsigned long long seq;
	size_t size;
	FILE *out;

	if (fd < 0)
		return NULL;
	out = open_memstream(&text, &size);
	while ((line = kmsg_next(fd, rec, sizeof(rec), &seq)))
		if (seq >= kmsg_from)
			fprintf(out, "%s\n", line);
	fclose(out);
	close(fd);
	return text;
}

static bool line_has(const char *line, const char *text)
{
	return strstr(line, text);
}

static bool line_is_trouble(const char *line, const char *unused)
{
	static const char *const signs[] = {
		"BUG: ", "WARNING: ", "INFO: ", "kernel BUG at", "Oops", "general protection",
		"unreferenced object", "kdal: internal error",
	};
	size_t i;

	(void)unused;
	if (strstr(line, "BUG: KDAL: ") || strstr(line, "WARNING: KDAL: "))
		return false;
	for (i = 0; i < ARRAY_LEN(signs); i++)
		if (strstr(line, signs[i]))
			return true;
	return false;
}

long long kmsg_time(const char *text)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	unsigned long long seq, us = -1ULL;
	char rec[8192], *line;

	if (fd < 0)
		return -1;
	while ((line = kmsg_next(fd, rec, sizeof(rec), &seq)) && !strstr(line, text))
		;
	if (line)
		sscanf(rec, "%*u,%*u,%llu,", &us);
	close(fd);
	return us;
}

bool kmsg_has(const char *text)
{
	char *line = kmsg_line(text);
	bool has = line;

	free(line);
	return has;
}

char *kmsg_line(const char *text)
{
	return kmsg_search(line_has, text);
}

char *kmsg_trouble(void)
{
	return kmsg_search(line_is_trouble, NULL);
}

int cpus_online(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN);
}

bool cpu_set_online(int cpu, bool online)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
	return !file_puts(path, online ? "1" : "0");
}

bool pin_to_cpu(int cpu)
{
	cpu_set_t set;
	int i;

	CPU_ZERO(&set);
	for (i = 0; i < CPU_SETSIZE; i++)
		if (cpu < 0 || i == cpu)
			CPU_SET(i, &set);
	return !sched_setaffinity(0, sizeof(set), &set);
}

int node_of_cpu(int cpu)
{
	unsigned int node = 0;

	REQUIRE(pin_to_cpu(cpu), "cannot move to CPU %d", cpu);
	syscall(SYS_getcpu, NULL, &node, NULL);
	return node;
}

/* The paragraph of /proc/zoneinfo that is about a zone, its end cut off. */
static char *zone_text(char *text, int node, const char *zone)
{
	char name[64], *at, *end;

	snprintf(name, sizeof(name), "Node %d, zone %8s\n", node, zone);
	at = strstr(text, name);
	end = at ? strstr(at + 1, "\nNode ") : NULL;
	if (end)
		*end = 0;
	return at;
}

long long zoneinfo(int node, const char *zone, const char *what)
{
	char *text = file_read("/proc/zoneinfo");
	char *at = text ? zone_text(text, node, zone) : NULL;
	long long value = 0;

	for (at = at ? strstr(at, what) : NULL; at; at = strstr(at + 1, what))
		if (at[-1] == ' ' && strchr(" ", at[strlen(what)])) {
			value = atoll(at + strlen(what));
			break;
		}
	free(text);
	return value;
}

void drop_slab(void)
{
	EXPECT_EQ(file_puts("/proc/sys/vm/drop_caches", "2"), 0);
}

/* What a child's function returned, from its exit status. */
static bool child_failed(int nr, int status)
{
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return false;
	if (WIFSIGNALED(status))
		kt_info("child %d: signal %d", nr, WTERMSIG(status));
	else
		kt_info("child %d: %s", nr, strerror(WEXITSTATUS(status)));
	return true;
}

int in_children(int n, int (*fn)(int nr))
{
	pid_t pid[MAX_CHILDREN];
	int i, status, failed = 0;

	REQUIRE(n <= MAX_CHILDREN, "%d children are too many", n);
	fflush(stdout);
	for (i = 0; i < n; i++) {
		pid[i] = fork();
		if (!pid[i])
			_exit(abs(fn(i)));
	}
	for (i = 0; i < n; i++) {
		if (pid[i] < 0 || waitpid(pid[i], &status, 0) != pid[i])
			failed++;
		else
			failed += child_failed(i, status);
	}
	return failed;
}
