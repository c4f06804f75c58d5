// SPDX-License-Identifier: GPL-2.0
/*
 * The kdal command on a kernel that runs: what it finds and says, and that it
 * leaves the rules as they were, however it ends.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "json.h"
#include "kdal.h"
#include "kt.h"

#define CMD DEBUGFS "/kdal_target/cmd"
#define OUT "/tmp/kdal-tool.out"
#define ERR "/tmp/kdal-tool.err"
#define JSON "/tmp/kdal-tool.json"
/* Made by a CMD that runs. */
#define READY "/tmp/kdal-tool.ready"

/* What the last command wrote. */
static char *out, *err;

/* $KDAL_TOOL, or ../tool/kdal as seen from the program. */
static const char *tool_path(void)
{
	static char path[576];

	beside_tests(path, sizeof(path), "KDAL_TOOL", "tool/kdal");
	return path;
}

static const char *module_path(const char *name)
{
	static char path[600];

	snprintf(path, sizeof(path), "%s/%s.ko", module_dir(), name);
	return path;
}

/* Starts a line of shell, in which "kdal" is the command. */
static pid_t start(const char *line)
{
	char dir[600];
	pid_t pid;

	snprintf(dir, sizeof(dir), "%s", tool_path());
	*strrchr(dir, '/') = 0;
	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;
	if (!freopen(OUT, "w", stdout) || !freopen(ERR, "w", stderr))
		_exit(199);
	snprintf(dir + strlen(dir), sizeof(dir) - strlen(dir), ":%s", getenv("PATH") ?: "");
	setenv("PATH", dir, 1);
	execl("/bin/sh", "sh", "-c", line, NULL);
	_exit(199);
}

static void read_output(void)
{
	free(out);
	free(err);
	out = file_read(OUT);
	err = file_read(ERR);
	REQUIRE(out && err, "the output of kdal cannot be read");
}

/* Has a command that still runs written this? */
static bool output_has(const char *text)
{
	char *now = file_read(OUT);
	bool has = now && strstr(now, text);

	free(now);
	return has;
}

static int finish(pid_t pid)
{
	int status;

	REQUIRE(waitpid(pid, &status, 0) == pid, "waitpid: %s", strerror(errno));
	read_output();
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static int sh(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static int sh(const char *fmt, ...)
{
	char line[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	return finish(start(line));
}

static void show(const char *what, const char *text)
{
	char *copy = strdup(text), *rest = copy, *line;

	while ((line = strsep(&rest, "\n")))
		kt_info("%s: %s", what, line);
	free(copy);
}

#define EXPECT_STATUS(status, want) do {				\
	if (!EXPECT_EQ(status, want)) {					\
		show("stdout", out);					\
		show("stderr", err);					\
	}								\
} while (0)
#define EXPECT_SAYS(text, part) do {					\
	if (!EXPECT(strstr(text, part), "no \"%s\" in %s", part, #text)) \
		show(#text, text);					\
} while (0)
#define EXPECT_SILENT(text, part)					\
	EXPECT(!strstr(text, part), "there is \"%s\" in %s", part, #text)

static size_t count(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)); text++)
		n++;
	return n;
}

static void expect_rules(const char *want)
{
	char *rules = kdal_rules();

	EXPECT(!strcmp(rules, want), "rules are \"%s\", not \"%s\"", rules, want);
	free(rules);
}

static void expect_json(const char *text, const char *command)
{
	char want[64];
	const char *bad = json_check(text);

	EXPECT(!bad, "no JSON from here on: %.60s", bad);
	snprintf(want, sizeof(want), "\"command\":\"%s\"", command);
	EXPECT_SAYS(text, "{\"schema\":\"kdal\",\"version\":1,");
	EXPECT_SAYS(text, want);
}

/* Good code: the status and the output are CMD's. */
static void healthy(const void *arg)
{
	(void)arg;
	EXPECT_STATUS(sh("kdal run --module kdal_target -- sh -c '"
			 "echo kmalloc n=10 size=100 >" CMD "; echo kfree n=10 >" CMD ";"
			 "printf \"a\\\\nb\"; echo to stderr >&2; exit 7'"), 7);
	EXPECT(!strcmp(out, "a\nb"), "CMD's output is \"%s\"", out);
	EXPECT_SAYS(err, "to stderr\n");
	EXPECT_SAYS(err, "allocations: 10 matched, 10 served, 10 freed\n");
	EXPECT_SAYS(err, "unchecked:   0\n");
	EXPECT_SAYS(err, "peak:        at most 1000 bytes, of 1 call site\n");
	EXPECT_SAYS(err, "outstanding: 0 bytes in 0 objects");
	EXPECT_SAYS(err, "errors: 0 from 0 contexts");
	expect_rules("");
}

static void unchecked(const void *arg)
{
	(void)arg;
	target_do("cache_create size=100 flags=rcu");
	EXPECT_STATUS(sh("kdal run --module kdal_target -- sh -c '"
			 "echo cache_alloc n=3 >" CMD "; echo cache_free n=3 >" CMD "'"), 0);
	EXPECT_SAYS(err, "allocations: 3 matched, 0 served");
	EXPECT_SAYS(err, "unchecked:   3 (typesafe 3)\n");
	target_do("cache_destroy");
}

/* One that there was before is not new; three of the same are one block. */
static void bug(const void *arg)
{
	static const struct want want = {
		"BUG: KDAL: slab-out-of-bounds write", "kdal_target_kmalloc",
	};

	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc size=200");
	target_do("poke off=200");
	target_do("kfree");
	kdal_rule("clear");
	EXPECT_STATUS(sh("kdal run --module kdal_target -- sh -c '"
			 "for i in 1 2 3; do echo kmalloc size=100 >" CMD ";"
			 "echo poke off=100 >" CMD "; echo kfree >" CMD "; done'"), 99);
	EXPECT_SAYS(err, "==kdal== 1 of 1, the first of 3 reports:\nBUG: KDAL: slab-out-of-bounds write in kdal_target_kmalloc+");
	EXPECT_SAYS(err, "of size 100");
	EXPECT_SILENT(err, "of size 200");
	EXPECT_EQ(count(err, "BUG: KDAL"), 1);
	EXPECT_SAYS(err, "errors: 3 from 1 context\n");
	expect_rules("");
	EXPECT_EQ(reports_expect_all(&want), 4);
}

/* More than the kernel keeps are counted all the same. */
static void many_bugs(const void *arg)
{
	static const struct want want = { "BUG: KDAL: slab-out-of-bounds write" };

	(void)arg;
	EXPECT_STATUS(sh("kdal run --module kdal_target --error-exitcode 5 -- sh -c '"
			 "echo kmalloc size=100 n=40 >" CMD ";"
			 "for i in $(seq 0 39); do echo poke off=100 slot=$i >" CMD "; done;"
			 "echo kfree n=40 >" CMD "'"), 5);
	EXPECT_SAYS(err, "errors: 40 from 1 context\n");
	EXPECT_GT(reports_expect_all(&want), 0);
}

/* KFENCE's reports on objects of the rules are in the kernel log alone. */
static void guarded(const void *arg)
{
	char *text;

	(void)arg;
	if (access(DEBUGFS "/kfence/objects", R_OK))
		kt_skip("no " DEBUGFS "/kfence/objects (CONFIG_KFENCE)");
	EXPECT_STATUS(sh("kdal run --module kdal_target --flags FLG -- sh -c '"
			 "echo kmalloc size=100 >" CMD "; echo kfree >" CMD ";"
			 "echo peek off=50 >" CMD "'"), 99);
	EXPECT_SAYS(err, "1 more report: see the kernel log");
	EXPECT_SAYS(err, "errors: 1 from 0 contexts\n");
	text = kmsg_text();
	EXPECT(strstr(text, "BUG: KFENCE: use-after-free read in kdal_target_peek+"), "%s", text);
	EXPECT_EQ(count(text, "BUG: "), 1);
	EXPECT_EQ(count(text, "kdal: served by rule "), 1);
	free(text);
	kmsg_mark("a report of KFENCE was expected");
}

/* Damage that only the sweep sees. */
static void found_by_sweep(const void *arg)
{
	(void)arg;
	EXPECT_STATUS(sh("kdal run --module kdal_target --wait 0 -- sh -c '"
			 "echo kmalloc size=100 >" CMD "; echo poke off=100 >" CMD "'"), 99);
	EXPECT_SAYS(err, ", 1 bad");
	EXPECT_SAYS(err, "outstanding: 100 bytes in 1 object of 1 call site\n");
	EXPECT_REPORT("BUG: KDAL: slab-out-of-bounds write", "kdal_target_kmalloc");
	target_do("kfree");
}

static void error_exitcode(const void *arg)
{
	(void)arg;
	EXPECT_STATUS(sh("kdal run -m kdal_target --error-exitcode 0 -- sh -c '"
			 "echo kmalloc size=100 >" CMD "; echo poke off=100 >" CMD ";"
			 "echo kfree >" CMD "; exit 3'"), 3);
	EXPECT_SAYS(err, "errors: 1 from 1 context\n");
	EXPECT_REPORT("BUG: KDAL: slab-out-of-bounds write", "kdal_target_kmalloc");
}

static void what_is_left(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc size=10");
	EXPECT_STATUS(sh("kdal run --module kdal_target --leaks --wait 1 -- sh -c '"
			 "echo kmalloc slot=1 n=4 size=30 >" CMD "'"), 0);
	EXPECT_SAYS(err, "outstanding: 130 bytes in 5 objects of 1 call site\n");
	EXPECT_SAYS(err, "left 4 objects: kdal_target_kmalloc+");
	EXPECT_SAYS(err, "allocations: 4 matched, 4 served, 0 freed\n");
	target_do("kfree n=5");
}

/* Frees by RCU that are on their way are waited for. */
static void in_flight(const void *arg)
{
	(void)arg;
	EXPECT_STATUS(sh("kdal run --module kdal_target --leaks -- sh -c '"
			 "echo kmalloc n=20 size=64 >" CMD "; echo kfree_rcu n=20 >" CMD "'"), 0);
	EXPECT_SAYS(err, "outstanding: 0 bytes in 0 objects");
	EXPECT_SILENT(err, "left ");
}

/* Parameters are given in one word or in several. */
static void load_and_unload(const void *arg)
{
	static const char *const ways[] = {
		"--load init_n=2 init_size=50", "--load='init_n=2 init_size=50'",
	};
	size_t i;

	(void)arg;
	REQUIRE_EQ(module_unload("kdal_target"), 0);
	for (i = 0; i < ARRAY_LEN(ways); i++) {
		EXPECT_STATUS(sh("kdal run --module %s %s --unload -- sh -c '"
				 "cat /sys/module/kdal_target/parameters/init_*'",
				 module_path("kdal_target"), ways[i]), 0);
		EXPECT_SAYS(out, "\n2\n50\n");
		EXPECT_SAYS(err, "allocations: 2 matched, 2 served");
		EXPECT(!module_loaded("kdal_target"), "kdal_target is loaded");
	}
	REQUIRE_EQ(module_load("kdal_target", ""), 0);
}

static void leak_at_unload(const void *arg)
{
	char *text, *at;
	long long addr;

	(void)arg;
	REQUIRE_EQ(module_unload("kdal_target"), 0);
	EXPECT_STATUS(sh("kdal run --module %s --load init_n=2 init_size=50 --unload"
			 " --json " JSON " -- sh -c '"
			 "cat /sys/module/kdal_target/parameters/init_size;"
			 "echo kfree n=2 >" CMD "; echo kmalloc n=1 size=321 >" CMD ";"
			 "echo addr slot=0 >" CMD "; cat " CMD " >/tmp/kdal-tool.addr;"
			 "echo forget slot=0 n=1 >" CMD "'", module_path("kdal_target")), 99);
	EXPECT(!strcmp(out, "50\n"), "stdout is \"%s\"", out);
	EXPECT_SAYS(err, "WARNING: KDAL: leak at unload in kdal_target_kmalloc+");
	EXPECT_SAYS(err, "allocations: 3 matched, 3 served");
	EXPECT_SAYS(err, "peak:        at most 421 bytes, of 2 call sites\n");
	EXPECT_SAYS(err, "outstanding: 321 bytes in 1 object of 1 call site\n");
	EXPECT(!module_loaded("kdal_target"), "kdal_target is loaded");
	expect_rules("");
	text = file_read(JSON);
	expect_json(text, "run");
	EXPECT_SAYS(text, "\"kind\":\"leak at unload\"");
	EXPECT_SAYS(text, "\"modules\":[\"kdal_target\"]");
	EXPECT_SAYS(text, "\"exit_status\":99,");
	free(text);

	REQUIRE_EQ(module_load("kdal_target", ""), 0);
	EXPECT_REPORT("WARNING: KDAL: leak at unload", "kdal_target_kmalloc", { "321 bytes" });
	text = file_read("/tmp/kdal-tool.addr");
	REQUIRE(text && (at = strstr(text, "addr=")), "no address");
	addr = strtoll(at + 5, NULL, 0);
	free(text);
	target_do("adopt addr=%lld", addr);
	target_do("kfree");
}

/* What its call sites had counts, though they go with it. */
static void unloaded_sites(const void *arg)
{
	(void)arg;
	REQUIRE_EQ(module_unload("kdal_target"), 0);
	/* Without quarantine the second object takes the place of the first. */
	EXPECT_STATUS(sh("kdal run --module %s --flags FZL --load init_n=1 init_size=50 --unload -- "
			 "sh -c 'echo kfree >" CMD "; echo kzalloc size=40 >" CMD ";"
			 "echo kfree >" CMD "'", module_path("kdal_target")), 0);
	EXPECT_SAYS(err, "peak:        at most 90 bytes, of 2 call sites\n");
	REQUIRE_EQ(module_load("kdal_target", ""), 0);
}

/* By name, with modprobe; the kernel's own crash test. */
static void load_by_name(const void *arg)
{
	(void)arg;
	if (!module_built("lkdtm"))
		kt_skip("this kernel has no lkdtm module");
	if (module_loaded("lkdtm"))
		REQUIRE_EQ(module_unload("lkdtm"), 0);
	EXPECT_STATUS(sh("kdal run --module lkdtm --load --unload -- sh -c '"
			 "echo SLAB_LINEAR_OVERFLOW >" DEBUGFS "/provoke-crash/DIRECT'"), 99);
	EXPECT_SAYS(err, "BUG: KDAL: slab-out-of-bounds write in lkdtm_SLAB_LINEAR_OVERFLOW");
	EXPECT(!module_loaded("lkdtm"), "lkdtm is loaded");
	EXPECT_REPORT("BUG: KDAL: slab-out-of-bounds write", "lkdtm_SLAB_LINEAR_OVERFLOW");
}

static void cannot_load(const void *arg)
{
	(void)arg;
	EXPECT_STATUS(sh("kdal run --module kdal_target --load -- true"), 125);
	EXPECT_SAYS(err, "kdal_target is loaded already");
	REQUIRE_EQ(module_unload("kdal_target"), 0);
	EXPECT_STATUS(sh("kdal run --module %s --load init_n=x -- touch /tmp/kdal-tool.ran",
			 module_path("kdal_target")), 125);
	EXPECT(access("/tmp/kdal-tool.ran", F_OK), "CMD ran");
	EXPECT_SAYS(err, "cannot load ");
	EXPECT_SAYS(err, "touch was not run\n");
	expect_rules("");
	REQUIRE_EQ(module_load("kdal_target", ""), 0);
}

/* Whatever the user's rules are: they are so again. */
static void rules_stay(const void *arg)
{
	(void)arg;
	kdal_rule("module kdal_target func nothing =FZ; module kdal_target =FZ; module other");
	EXPECT_STATUS(sh("kdal run --module kdal_target,kdal_neighbour --force -- cat "
			 KDAL_DIR "/control"), 0);
	EXPECT_SAYS(out, "\nmodule kdal_target =FZ #");
	EXPECT_SAYS(out, "\nmodule kdal_neighbour =" DEFAULT_FLAGS " #");
	EXPECT_SAYS(err, "is there already, and used as it is");
	EXPECT_SAYS(err, "(served, freed and unchecked include other rules)");
	expect_rules("module kdal_target func nothing =FZ\nmodule kdal_target =FZ\nmodule other ="
		     DEFAULT_FLAGS "\n");
	EXPECT_STATUS(sh("kdal run --module kdal_target --flags FU -- cat " KDAL_DIR "/control"), 0);
	EXPECT_SAYS(out, "\nmodule kdal_target =FU #");
	expect_rules("module kdal_target func nothing =FZ\nmodule kdal_target =FZ\nmodule other ="
		     DEFAULT_FLAGS "\n");
	/* What CMD changed is CMD's business. */
	EXPECT_STATUS(sh("kdal run --module kdal_neighbour --force -- sh -c '"
			 "echo \"clear; module new =F; module kdal_neighbour =F\" >" KDAL_DIR "/control'"), 0);
	EXPECT_SAYS(err, "was removed meanwhile");
	expect_rules("module new =F\nmodule kdal_neighbour =F\n");
	/* KDAL writes names with '_', but not what is in a class. */
	EXPECT_STATUS(sh("kdal run --module 'kdal-[a-z]*,n[!-x]w' --force --flags F -- true"), 0);
	expect_rules("module new =F\nmodule kdal_neighbour =F\n");
}

/* Does @pid have a child that executes @comm? */
static bool has_child(pid_t pid, const char *comm)
{
	struct dirent *e;
	bool found = false;
	DIR *proc = opendir("/proc");

	while (proc && !found && (e = readdir(proc))) {
		char path[280], name[32], *stat;
		int parent;

		snprintf(path, sizeof(path), "/proc/%s/stat", e->d_name);
		if (!isdigit((unsigned char)*e->d_name) || !(stat = file_read(path)))
			continue;
		found = sscanf(stat, "%*d (%31[^)]) %*c %d", name, &parent) == 2 &&
			parent == pid && !strcmp(name, comm);
		free(stat);
	}
	if (proc)
		closedir(proc);
	return found;
}

/* A signal ends CMD; then kdal tidies up, and says what CMD's end was. */
static void signals(const void *arg)
{
	static const int sigs[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	size_t i;
	pid_t pid;

	(void)arg;
	for (i = 0; i < ARRAY_LEN(sigs); i++) {
		/* No shell: that of busybox ignores SIGQUIT. */
		pid = start("exec kdal run --module kdal_target -- sleep 60");
		REQUIRE(WAIT_FOR(has_child(pid, "sleep"), 30000), "CMD did not start");
		EXPECT_EQ(kdal_hits("module kdal_target"), 0);
		REQUIRE_EQ(kill(pid, sigs[i]), 0);
		EXPECT_STATUS(finish(pid), 128 + sigs[i]);
		EXPECT_SAYS(err, "was ended by signal");
		expect_rules("");
	}
}

/* CMD ignores the signal, and goes on; so does kdal. */
static void signal_ignored(const void *arg)
{
	pid_t pid;

	(void)arg;
	unlink(READY);
	pid = start("exec kdal run --module kdal_target -- sh -c '"
		    "trap \"\" INT; touch " READY "; sleep 2; exit 4'");
	REQUIRE(WAIT_FOR(!access(READY, F_OK), 30000), "CMD did not start");
	REQUIRE_EQ(kill(pid, SIGINT), 0);
	EXPECT_STATUS(finish(pid), 4);
	expect_rules("");
}

static void cmd_dies(const void *arg)
{
	(void)arg;
	EXPECT_STATUS(sh("kdal run --module kdal_target --json " JSON " -- sh -c 'kill -9 $$'"),
		      128 + SIGKILL);
	EXPECT_SAYS(err, "was ended by signal 9");
	expect_rules("");
	EXPECT_STATUS(sh("kdal run --module kdal_target -- /nowhere"), 127);
	EXPECT_SAYS(err, "cannot run /nowhere: No such file");
	expect_rules("");
	EXPECT_STATUS(sh("kdal run --module kdal_target -- /"), 126);
	EXPECT_SAYS(err, "cannot run /: ");
	expect_rules("");
	/* Nobody reads what kdal says. */
	EXPECT_STATUS(sh("kdal run --module kdal_target -- sh -c 'exit 6' 2>&1 >&2 | true; true"), 0);
	expect_rules("");
}

static void one_at_a_time(const void *arg)
{
	(void)arg;
	EXPECT_STATUS(sh("kdal run --module kdal_target -- kdal run --module kdal_target -- true"),
		      125);
	EXPECT_SAYS(err, "another `kdal run` is going on");
	expect_rules("");
}

static void unknown_module(const void *arg)
{
	(void)arg;
	EXPECT_STATUS(sh("kdal run --module kdal_tarjet -- true"), 125);
	EXPECT_SAYS(err, "no module 'kdal_tarjet' is loaded or installed; did you mean: kdal_target");
	EXPECT_STATUS(sh("kdal leaks kdal_tarjet"), 2);
	EXPECT_SAYS(err, "did you mean: kdal_target");
	EXPECT_STATUS(sh("kdal run --module kdal_tarjet --force -- true"), 0);
	EXPECT_SAYS(err, "nothing was checked");
	expect_rules("");
}

static void target_rules(const void *arg)
{
	(void)arg;
	EXPECT_STATUS(sh("kdal target add kdal_target && kdal target add kdal_target size 512- =FZ &&"
			 "kdal target add 'cache foo*' && kdal target list"), 0);
	EXPECT_SAYS(out, "ID         HITS FLAGS      MATCH\n");
	EXPECT_SAYS(out, " FZ         module kdal_target size 512-\n");
	expect_rules("module kdal_target =" DEFAULT_FLAGS "\nmodule kdal_target size 512- =FZ\n"
		     "cache foo* =" DEFAULT_FLAGS "\n");
	EXPECT_STATUS(sh("kdal target list --json"), 0);
	expect_json(out, "target");
	EXPECT_STATUS(sh("kdal target del kdal_target && "
			 "kdal target del $(kdal target | sed -n '/cache/s/^ *\\([0-9]*\\).*/\\1/p')"), 0);
	expect_rules("module kdal_target size 512- =FZ\n");
	EXPECT_STATUS(sh("kdal target add kdal_target sice 3"), 2);
	EXPECT_SAYS(err, "the kernel says: query 1: unknown keyword \"sice\"");
	EXPECT_STATUS(sh("kdal target del nothing"), 2);
	EXPECT_SAYS(err, "there is no such rule; `kdal target list`");
	EXPECT_STATUS(sh("kdal target del 99999"), 2);
	EXPECT_STATUS(sh("kdal target clear"), 0);
	expect_rules("");
}

static void views(const void *arg)
{
	static const char *const commands[] = {
		"stat", "zones", "objects", "leaks", "report", "verify", "top -b -n1", "doctor",
	};
	char name[16];
	size_t i;

	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc n=3 size=100");
	target_do("kzalloc slot=3 size=1000");
	EXPECT_STATUS(sh("kdal leaks kdal_target"), 0);
	EXPECT(strstr(out, "kdal_target_kzalloc") < strstr(out, "kdal_target_kmalloc"),
	       "not sorted by bytes: %s", out);
	EXPECT_SAYS(out, "       3        300 ");
	EXPECT_STATUS(sh("kdal leaks kdal_neighbour || kdal leaks vmlinux"), 0);
	EXPECT_SAYS(out, "No checked object is live.");
	EXPECT_STATUS(sh("kdal objects"), 0);
	EXPECT_EQ(count(out, "[kdal_target]"), 4);
	EXPECT_STATUS(sh("kdal top -b -n1 -s objects"), 0);
	EXPECT_SAYS(out, "kdal is running; rules 1, objects 4, bytes 1300, ");
	EXPECT_SAYS(out, "       3        300        300          3       - kdal_target_kmalloc");
	EXPECT_STATUS(sh("kdal stat"), 0);
	EXPECT_SAYS(out, "live_objects");
	EXPECT_STATUS(sh("kdal zones"), 0);
	EXPECT_SAYS(out, "zone");
	for (i = 0; i < ARRAY_LEN(commands); i++) {
		snprintf(name, sizeof(name), "%s", commands[i]);
		name[strcspn(name, " ")] = 0;
		EXPECT_STATUS(sh("kdal %s --json", commands[i]), 0);
		expect_json(out, name);
		EXPECT_STATUS(sh("kdal %s --help", name), 0);
		EXPECT_SAYS(out, "usage: kdal ");
	}
	target_do("kfree n=4");
}

static void top_rate(const void *arg)
{
	pid_t pid;

	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc size=100");
	target_do("kfree");
	pid = start("kdal top -b -n2 -d2 --json kdal_target");
	REQUIRE(WAIT_FOR(output_has("\"rate\":null"), 30000), "no first list came");
	target_do("kmalloc n=100 size=100");
	EXPECT_STATUS(finish(pid), 0);
	EXPECT_EQ(count(out, "\"rate\":null"), 1);
	EXPECT_EQ(count(out, "\"total\":101"), 1);
	EXPECT_SILENT(out, "\"rate\":0");
	EXPECT(!json_check(strchr(out, '\n') + 1), "no JSON: %s", out);
	target_do("kfree n=100");
}

static void reports(const void *arg)
{
	pid_t pid;

	(void)arg;
	kdal_rule("module kdal_target");
	target_do("kmalloc size=100");
	target_do("poke off=100");
	EXPECT_STATUS(sh("kdal verify"), 1);
	EXPECT_SAYS(out, " 1 bad");
	EXPECT_STATUS(sh("kdal report"), 0);
	EXPECT_SAYS(out, "BUG: KDAL: slab-out-of-bounds write in kdal_target_kmalloc");
	EXPECT_REPORT("BUG: KDAL: slab-out-of-bounds write", "kdal_target_kmalloc");
	pid = start("exec kdal report --follow");
	/* Time for a first look, after which reports are new. */
	kt_sleep_ms(3000);
	target_do("poke off=101");
	target_do("kfree");
	WAIT_FOR(output_has("first at offset 101"), 10000);
	kill(pid, SIGTERM);
	EXPECT_STATUS(finish(pid), 1000 + SIGTERM);
	EXPECT_SAYS(out, "first at offset 101");
	EXPECT_SILENT(out, "first at offset 100");
	EXPECT_REPORT("BUG: KDAL: slab-out-of-bounds write", "kdal_target_kmalloc");
	EXPECT_STATUS(sh("kdal report --clear && kdal report"), 0);
	EXPECT_SAYS(out, "reports: 0 kept, ");
}

static void verify_when_off(const void *arg)
{
	(void)arg;
	EXPECT_STATUS(sh("kdal verify"), 2);
	EXPECT_SAYS(err, "nothing to verify\nAdd a rule: kdal target add");
}

static void pools(const void *arg)
{
	(void)arg;
	if (!access(KDAL_DIR "/pools", F_OK)) {
		EXPECT_STATUS(sh("kdal pools --json"), 0);
		expect_json(out, "pools");
	} else {
		EXPECT_STATUS(sh("kdal pools"), 2);
		EXPECT_SAYS(err, "pools does not exist: the KDAL of this kernel does not have it");
	}
}

/* In a child, as another user or without debugfs. */
static int broken_machine(int nr)
{
	if (nr == 0)
		return setuid(65534) ? errno : execl(tool_path(), "kdal", "doctor", NULL);
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    umount2(DEBUGFS, MNT_DETACH))
		return 99;
	return execl(tool_path(), "kdal", nr == 1 ? "doctor" : "stat", NULL);
}

static int run_broken(int nr)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (!freopen(OUT, "w", stdout) || !freopen(ERR, "w", stderr))
			_exit(199);
		_exit(broken_machine(nr));
	}
	return finish(pid);
}

static void trouble(const void *arg)
{
	(void)arg;
	EXPECT_STATUS(sh("kdal doctor"), 0);
	EXPECT_SAYS(out, "KDAL can be used.");
	EXPECT_STATUS(run_broken(0), 1);
	EXPECT_SAYS(out, "BAD  KDAL is for root only\n     Run it as root: sudo kdal doctor");
	EXPECT_STATUS(run_broken(1), 1);
	EXPECT_SAYS(out, "BAD  debugfs is not mounted\n     mount -t debugfs none /sys/kernel/debug");
	EXPECT_STATUS(run_broken(2), 2);
	EXPECT_SAYS(err, "debugfs is not mounted\nMount it: mount -t debugfs");
	chmod(OUT, 0666);
	chmod(ERR, 0666);
}

static void setup(void)
{
	if (access(tool_path(), X_OK))
		kt_skip_all("%s is not there; $KDAL_TOOL says where it is", tool_path());
}

static const struct kt_case cases[] = {
	{ "run: nothing found", healthy, NULL },
	{ "run: unchecked", unchecked, NULL },
	{ "run: a bug", bug, NULL },
	{ "run: many bugs", many_bugs, NULL },
	{ "run: reports of KFENCE", guarded, NULL },
	{ "run: found by the sweep", found_by_sweep, NULL },
	{ "run: --error-exitcode", error_exitcode, NULL },
	{ "run: --leaks", what_is_left, NULL },
	{ "run: frees in flight", in_flight, NULL },
	{ "run: parameters", load_and_unload, NULL },
	{ "run: --load and --unload", leak_at_unload, NULL },
	{ "run: call sites that go", unloaded_sites, NULL },
	{ "run: --load by name", load_by_name, NULL },
	{ "run: cannot load", cannot_load, NULL },
	{ "run: rules stay", rules_stay, NULL },
	{ "run: signals", signals, NULL },
	{ "run: a signal is ignored", signal_ignored, NULL },
	{ "run: CMD dies", cmd_dies, NULL },
	{ "run: one at a time", one_at_a_time, NULL },
	{ "unknown module", unknown_module, NULL },
	{ "target", target_rules, NULL },
	{ "views", views, NULL },
	{ "top: rate", top_rate, NULL },
	{ "report", reports, NULL },
	{ "verify with KDAL off", verify_when_off, NULL },
	{ "pools", pools, NULL },
	{ "not root, no debugfs", trouble, NULL },
};

KT_MAIN_SETUP(KT_KDAL | KT_TARGET, setup)
