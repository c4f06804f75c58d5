/* SPDX-License-Identifier: GPL-2.0 */
/*
 * KDAL's files, the modules the tests command, and what else of the system the
 * tests look at. Functions that cannot do their work end the case as failed,
 * unless they return an error.
 */
#ifndef KDAL_TESTS_KDAL_H
#define KDAL_TESTS_KDAL_H

#include <stdbool.h>
#include <stddef.h>

#define DEBUGFS "/sys/kernel/debug"
#define KDAL_DIR DEBUGFS "/kdal"
#define KDAL_PARAMS "/sys/module/kdal/parameters"
#define DEFAULT_FLAGS "FZPUQLMC"

/* files.c */

/* The whole file, NUL at the end, to be freed; NULL with errno set. */
char *file_read(const char *path);
/* One write(2) of the whole; 0 or a negative errno. */
int file_write(const char *path, const void *data, size_t len);
int file_puts(const char *path, const char *text);
/* The number in a file, or -1. */
long long file_number(const char *path);
int file_put_number(const char *path, long long value);

/* "name: value" or "name value" lines: the number, or -1. */
long long text_value(const char *text, const char *name);

/* A table as KDAL prints it: the columns are named in the last '#' line. */
#define TABLE_COLS 16
struct table {
	char *text;
	size_t cols, rows;
	char *col[TABLE_COLS];
	char *(*row)[TABLE_COLS];	/* a missing cell is "" */
};

/* A file of KDAL's as a table; the last column takes the rest of the line. */
struct table table_read(const char *file);
void table_free(struct table *t);
const char *table_cell(const struct table *t, size_t row, const char *col);
long long table_number(const struct table *t, size_t row, const char *col);
/* The first row at or after @from where @col starts with @prefix, or -1. */
long table_find(const struct table *t, size_t from, const char *col, const char *prefix);

/* kdalfs.c */

bool kdal_present(void);
char *kdal_read(const char *file);
/* The first lines of a file, as diagnosis. */
void kdal_print(const char *file);
/* Writes queries to control: 0 or a negative errno. */
int kdal_control(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same, which must succeed. */
void kdal_rule(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The rules alone, without version line and comments, to be freed */
char *kdal_rules(void);
/* hits= of the rule whose text starts with @match, or -1 */
long long kdal_hits(const char *match);
long long kdal_stat(const char *name);
bool kdal_state_is(const char *state);
/* All that unchecked_* count */
long long kdal_unchecked(void);
/* A column of zones, summed over the rows; NULL or 0 is any zone, any class */
long long kdal_zone(const char *zone, size_t class, const char *col);
/* A column of sites, summed over the rows of call sites in @func */
long long kdal_site(const char *func, const char *col);
/* Rows of objects whose call site is in @func */
long long kdal_objects(const char *func);
/* Runs a sweep; the result is the number of bad objects. */
long long kdal_verify(void);
/* The text of kdal= on the command line, to be freed; NULL if it is not there */
char *kdal_boot_param(void);
/* Drops all rules and waits for the last object to be back. */
bool kdal_off(void);
/* A parameter of the layer; the old value comes back at the end of the case. */
void kdal_param(const char *name, long long value);
void kdal_params_restore(void);

/* fail/nth of KDAL: lets the Nth request fail, from now on; 0 for none. */
void kdal_fail_nth(long long n);
/* Was it reached? */
bool kdal_fail_hit(void);
/* fail/nth as it reads, to be freed */
char *kdal_fail_state(void);
/* Ends the case if this kernel has no fault injection. */
void kdal_need_faults(void);

/* report.c */

/* What a report must say; NULL members are not looked at. */
struct want {
	const char *title;	/* "BUG: KDAL: double-free" */
	const char *func;	/* the function after " in " */
	const char *text[6];	/* anywhere in the report */
	const char *alloc;	/* a function in the stack of the allocation */
	const char *freed;
	const char *detected;
	const char *called;	/* lint: in the stack of the call */
	bool not_freed;		/* no stack of a free */
};

/* The reports waiting must be these, in this order; they are cleared. */
void reports_expect(const struct want *want, size_t n);
#define EXPECT_REPORT(...) reports_expect(&(struct want){ __VA_ARGS__ }, 1)
/* Any number of reports, all of which match; returns how many. */
long reports_expect_all(const struct want *want);
void reports_begin(void);	/* for the harness: at the start of a case */
void reports_end(void);		/* and at its end */

/* target.c */

/* What the environment variable @variable says, or @name in the folder above the program's own. */
void beside_tests(char *path, size_t size, const char *variable, const char *name);
/* The folder that the modules of the tests are in: $KDAL_MODULES, or ../modules */
const char *module_dir(void);
/* Loads a module of the tests: 0 or a negative errno. */
int module_load(const char *name, const char *args);
int module_unload(const char *name);
bool module_loaded(const char *name);
bool module_built(const char *name);

/* A command to kdal_target: 0 or a negative errno. */
int target(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same, which must succeed. */
void target_do(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A command that must succeed, or "verify" for a sweep. */
void target_step(const char *cmd);
/* KEY= of the result of the last command */
long long target_value(const char *key);
/* Reads (copy_to_user) or writes a slot's object: 0 or a negative errno */
int target_copy(bool to_user, unsigned int slot, unsigned int off, void *buf, size_t len);
int neighbour(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* system.c */

/* A column of /proc/slabinfo for the first cache whose name starts so, or -1 */
enum slab_col { SLAB_ACTIVE, SLAB_NUM, SLAB_SIZE };
long long slabinfo(const char *name, enum slab_col col);
bool slabinfo_has_prefix(const char *prefix);
/* Of /proc/meminfo, in KiB */
long long meminfo(const char *name);

/* Does this kernel have the function? */
bool kernel_has(const char *function);

/* Later searches begin here; @what is written into the log. */
void kmsg_mark(const char *what);
/* Is @text in the kernel log, after the mark? */
bool kmsg_has(const char *text);
/* The first sign of trouble in the kernel log since the mark, to be freed */
char *kmsg_trouble(void);
/* The line after the mark that has @text, to be freed */
char *kmsg_line(const char *text);
/* When the first line of the log with @text was written, in us; -1: no such line */
long long kmsg_time(const char *text);
/* All lines since the mark, to be freed */
char *kmsg_text(void);

int cpus_online(void);
bool cpu_set_online(int cpu, bool online);
bool pin_to_cpu(int cpu);	/* -1: any */
int node_of_cpu(int cpu);	/* leaves the task there */

/* A number of one zone in /proc/zoneinfo, such as "managed"; 0 if it has none */
long long zoneinfo(int node, const char *zone, const char *what);
void drop_slab(void);

/*
 * Runs @fn in @n children at once. A child returns 0 or an error number; the
 * value is how many did not return 0.
 */
int in_children(int n, int (*fn)(int nr));

#endif
