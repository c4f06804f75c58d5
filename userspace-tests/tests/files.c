// SPDX-License-Identifier: GPL-2.0
/* KDAL's files: there, for root only, with a version line, and consistent. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kdal.h"
#include "kt.h"

static const struct file {
	const char *name;
	mode_t mode;
} files[] = {
	{ "control", 0600 }, { "stats", 0400 }, { "zones", 0400 }, { "sites", 0400 },
	{ "objects", 0400 }, { "pools", 0400 },
	{ "reports", 0600 }, { "verify", 0600 },
};

static void modes(const void *arg)
{
	struct stat st;
	char path[128];
	size_t i;

	(void)arg;
	for (i = 0; i < ARRAY_LEN(files); i++) {
		snprintf(path, sizeof(path), KDAL_DIR "/%s", files[i].name);
		if (!EXPECT(!stat(path, &st), "%s: %s", path, strerror(errno)))
			continue;
		EXPECT((st.st_mode & 07777) == files[i].mode, "%s: mode %o, not %o",
		       path, st.st_mode & 07777, files[i].mode);
	}
}

static void version_lines(const void *arg)
{
	char want[64], *text;
	size_t i;

	(void)arg;
	for (i = 0; i < ARRAY_LEN(files); i++) {
		const char *name = files[i].name;

		text = kdal_read(name);
		snprintf(want, sizeof(want), "kdal %s - version: 1\n", name);
		/* control can be written back, so there it is a comment */
		EXPECT(!strncmp(text + (text[0] == '#' ? 2 : 0), want, strlen(want)),
		       "%s begins with: %.40s", name, text);
		EXPECT(text[strlen(text) - 1] == '\n', "%s: the last line has no end", name);
		free(text);
	}
}

static void stats_names(const void *arg)
{
	static const char *const names[] = {
		"rules", "live_objects", "live_bytes", "total_allocs", "total_frees",
		"cached_objects", "quarantined_objects", "quarantined_bytes",
		"reserve_objects", "memory_bytes", "reports", "reports_suppressed", "sites",
		"site_overflow", "unchecked_nomem", "unchecked_typesafe", "unchecked_size",
		"unchecked_align", "unchecked_charge", "unchecked_bulk", "gfp_fixups",
		"zone_fallbacks", "helper_walks", "lost_objects", "injected_failures",
		"pools", "pool_elements", "unchecked_pools", "unchecked_elements",
		"guarded", "guard_full", "guard_unfit", "guard_off", "guard_nomem",
		"guard_reports",
	};
	char *text = kdal_read("stats");
	size_t i;

	(void)arg;
	for (i = 0; i < ARRAY_LEN(names); i++)
		EXPECT(text_value(text, names[i]) >= 0, "stats: no %s", names[i]);
	EXPECT(strstr(text, "\nstate: off\n"), "the state is not off");
	free(text);
}

/* A file that is read in small pieces gives the same as in one read. */
static void small_reads(const void *arg)
{
	char *whole, buf[8192];
	size_t len = 0;
	ssize_t got;
	int fd;

	(void)arg;
	kdal_rule("module kdal_target =FZPU");
	target_do("kmalloc n=50 size=100");
	whole = kdal_read("zones");
	fd = open(KDAL_DIR "/zones", O_RDONLY);
	REQUIRE(fd >= 0, "zones: %s", strerror(errno));
	while (len < sizeof(buf) && (got = read(fd, buf + len, 7)) > 0)
		len += got;
	close(fd);
	EXPECT(len == strlen(whole) && !memcmp(buf, whole, len), "zones differ in small reads");
	free(whole);
}

static void addresses_are_hashed(const void *arg)
{
	char *cmdline = file_read("/proc/cmdline"), addr[32], *objects;
	bool hashed = !cmdline || !strstr(cmdline, "no_hash_pointers");

	(void)arg;
	free(cmdline);
	if (!hashed)
		kt_skip("no_hash_pointers is on the command line");
	kdal_rule("module kdal_target =FZPU");
	target_do("kmalloc size=64");
	target_do("addr slot=0");
	snprintf(addr, sizeof(addr), "%llx", (unsigned long long)target_value("addr"));
	objects = kdal_read("objects");
	EXPECT(!strstr(objects, addr), "objects shows the address itself");
	EXPECT_EQ(kdal_objects("kdal_target_kmalloc"), 1);
	free(objects);
}

static void read_only_files(const void *arg)
{
	static const char *const names[] = { "stats", "zones", "sites", "objects", "pools" };
	char path[128];
	size_t i;

	(void)arg;
	for (i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), KDAL_DIR "/%s", names[i]);
		EXPECT(file_puts(path, "1") < 0, "%s can be written", names[i]);
	}
	EXPECT_EQ(file_puts(KDAL_DIR "/verify", "yes"), -EINVAL);
	EXPECT_EQ(file_puts(KDAL_DIR "/reports", "yes"), -EINVAL);
}

static void parameters(const void *arg)
{
	static const char *const names[] = {
		"quarantine_kb", "cache_objects", "reserve_kb", "scan_secs",
		"panic_on_report", "max_reports", "lint_rt", "lint_zero_size",
	};
	char path[128];
	size_t i;

	(void)arg;
	for (i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), KDAL_PARAMS "/%s", names[i]);
		EXPECT(!access(path, R_OK), "%s: %s", path, strerror(errno));
	}
}

static const struct kt_case cases[] = {
	{ "modes", modes, NULL },
	{ "version lines", version_lines, NULL },
	{ "names in stats", stats_names, NULL },
	{ "small reads", small_reads, NULL },
	{ "addresses are hashed", addresses_are_hashed, NULL },
	{ "read-only files", read_only_files, NULL },
	{ "parameters", parameters, NULL },
};

KT_MAIN(KT_KDAL | KT_TARGET)
