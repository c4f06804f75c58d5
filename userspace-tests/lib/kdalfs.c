// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kdal.h"
#include "kt.h"

#define OFF_TIMEOUT_MS 8000
#define PRINT_MAX 20

bool kdal_present(void)
{
	return !access(KDAL_DIR "/control", F_OK);
}

static void path_of(char *path, size_t size, const char *dir, const char *file)
{
	snprintf(path, size, "%s/%s", dir, file);
}

char *kdal_read(const char *file)
{
	char path[128], *text;

	path_of(path, sizeof(path), KDAL_DIR, file);
	text = file_read(path);
	REQUIRE(text, "%s: %s", path, strerror(errno));
	return text;
}

void kdal_print(const char *file)
{
	char *text = kdal_read(file), *rest = text, *line;
	int n = 0;

	while ((line = strsep(&rest, "\n")) && n++ < PRINT_MAX)
		kt_info("    %s", line);
	free(text);
}

static int vcontrol(const char *fmt, va_list ap)
{
	char *text;
	int err;

	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	err = file_puts(KDAL_DIR "/control", text);
	free(text);
	return err;
}

int kdal_control(const char *fmt, ...)
{
	va_list ap;
	int err;

	va_start(ap, fmt);
	err = vcontrol(fmt, ap);
	va_end(ap);
	return err;
}

void kdal_rule(const char *fmt, ...)
{
	va_list ap;
	int err;

	va_start(ap, fmt);
	err = vcontrol(fmt, ap);
	va_end(ap);
	REQUIRE(!err, "control: \"%s\": %s", fmt, strerror(-err));
}

char *kdal_rules(void)
{
	char *text = kdal_read("control"), *rules, *rest = text, *line;
	size_t len = 0;

	rules = calloc(1, strlen(text) + 2);
	while ((line = strsep(&rest, "\n"))) {
		char *comment = strstr(line, " # id=");

		if (comment)
			len += sprintf(rules + len, "%.*s\n", (int)(comment - line), line);
	}
	free(text);
	return rules;
}

long long kdal_hits(const char *match)
{
	char *text = kdal_read("control"), *rest = text, *line, *at;
	long long hits = -1;

	while (hits < 0 && (line = strsep(&rest, "\n"))) {
		at = strstr(line, "hits=");
		if (at && !strncmp(line, match, strlen(match)))
			hits = atoll(at + 5);
	}
	free(text);
	return hits;
}

long long kdal_stat(const char *name)
{
	char *text = kdal_read("stats");
	long long value = text_value(text, name);

	free(text);
	REQUIRE(value >= 0, "stats: no %s", name);
	return value;
}

bool kdal_state_is(const char *state)
{
	char *text = kdal_read("stats"), *at = strstr(text, "\nstate: ");
	bool is = at && !strncmp(at + 8, state, strlen(state)) && at[8 + strlen(state)] == '\n';

	free(text);
	return is;
}

long long kdal_unchecked(void)
{
	char *text = kdal_read("stats"), *at;
	long long sum = 0;

	for (at = text; (at = strstr(at, "\nunchecked_")); at++)
		sum += atoll(strchr(at, ':') + 1);
	free(text);
	return sum;
}

long long kdal_zone(const char *zone, size_t class, const char *col)
{
	struct table t = table_read("zones");
	long long sum = 0;
	size_t row;

	for (row = 0; row < t.rows; row++) {
		if (zone && strcmp(table_cell(&t, row, "zone"), zone))
			continue;
		if (class && table_number(&t, row, "class") != (long long)class)
			continue;
		sum += table_number(&t, row, col);
	}
	table_free(&t);
	return sum;
}

/* "func+0x1/0x2 [module]" is in the function "func" */
static bool site_in(const char *site, const char *func)
{
	size_t len = strlen(func);

	return !strncmp(site, func, len) && site[len] == '+';
}

long long kdal_site(const char *func, const char *col)
{
	struct table t = table_read("sites");
	long long sum = 0;
	size_t row;

	for (row = 0; row < t.rows; row++)
		if (site_in(table_cell(&t, row, "site"), func))
			sum += table_number(&t, row, col);
	table_free(&t);
	return sum;
}

long long kdal_objects(const char *func)
{
	struct table t = table_read("objects");
	long long n = 0;
	size_t row;

	for (row = 0; row < t.rows; row++)
		n += site_in(table_cell(&t, row, "site"), func);
	table_free(&t);
	return n;
}

long long kdal_verify(void)
{
	int err = file_puts(KDAL_DIR "/verify", "1");
	long long bad;
	char *text;

	REQUIRE(!err, "verify: %s", strerror(-err));
	text = kdal_read("verify");
	bad = text_value(text, "bad");
	free(text);
	REQUIRE(bad >= 0, "verify does not say how many are bad");
	return bad;
}

/* What kdal= is set to, without the quotes; there may be blanks inside them. */
static char *param_of(const char *cmdline)
{
	const char *at = strstr(cmdline, "kdal=");
	bool quoted;

	/* The kernel also takes, and shows, the quote before the name. */
	if (!at || (at > cmdline && !strchr(" \"", at[-1])))
		return NULL;
	quoted = (at > cmdline && at[-1] == '"') || at[5] == '"';
	at += 5 + (at[5] == '"');
	return strndup(at, strcspn(at, quoted ? "\"\n" : " \n"));
}

char *kdal_boot_param(void)
{
	char *cmdline = file_read("/proc/cmdline");
	char *param = cmdline ? param_of(cmdline) : NULL;

	free(cmdline);
	return param;
}

bool kdal_off(void)
{
	int err = kdal_control("clear\n");

	EXPECT(!err, "clear: %s", strerror(-err));
	if (WAIT_FOR(kdal_state_is("off"), OFF_TIMEOUT_MS / 4))
		return true;
	/* what caches of the kernel keep under the rule "all" */
	drop_slab();
	return WAIT_FOR(kdal_state_is("off"), OFF_TIMEOUT_MS);
}

/* Parameters that the case has changed, with their values before. */
static struct param {
	char name[32];
	long long value;
} params[8];
static size_t nr_params;

static int param_write(const char *name, long long value)
{
	char path[128];

	path_of(path, sizeof(path), KDAL_PARAMS, name);
	return file_put_number(path, value);
}

void kdal_param(const char *name, long long value)
{
	struct param *p = &params[nr_params];
	char path[128];
	int err;

	path_of(path, sizeof(path), KDAL_PARAMS, name);
	REQUIRE(nr_params < ARRAY_LEN(params), "too many parameters");
	snprintf(p->name, sizeof(p->name), "%s", name);
	p->value = file_number(path);
	REQUIRE(p->value >= 0, "no parameter %s", name);
	err = param_write(name, value);
	REQUIRE(!err, "parameter %s = %lld: %s", name, value, strerror(-err));
	nr_params++;
}

void kdal_params_restore(void)
{
	while (nr_params) {
		nr_params--;
		EXPECT_EQ(param_write(params[nr_params].name, params[nr_params].value), 0);
	}
}

void kdal_need_faults(void)
{
	if (access(KDAL_DIR "/fail/nth", F_OK))
		kt_skip("no " KDAL_DIR "/fail (CONFIG_FAULT_INJECTION)");
}

void kdal_fail_nth(long long n)
{
	int err = file_put_number(KDAL_DIR "/fail/nth", n);

	REQUIRE(!err, "fail/nth = %lld: %s", n, strerror(-err));
}

char *kdal_fail_state(void)
{
	return kdal_read("fail/nth");
}

bool kdal_fail_hit(void)
{
	char *text = kdal_fail_state();
	long long hit = text_value(text, "hit");

	free(text);
	REQUIRE(hit == 0 || hit == 1, "fail/nth does not say whether it was hit");
	return hit;
}
