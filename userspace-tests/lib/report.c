// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kdal.h"
#include "kt.h"

#define REPORTS_FILE KDAL_DIR "/reports"
#define BAR "=================================================================="
#define MAX_REPORTS 64
#define REPORT_TIMEOUT_MS 3000

/* Reports counted when the case began, and those it has asked for since. */
static long long reports_before, reports_wanted;

struct reports {
	char *text;
	char *report[MAX_REPORTS];
	size_t n;
};

static bool is_title(const char *line)
{
	return !strncmp(line, "BUG: KDAL: ", 11) || !strncmp(line, "WARNING: KDAL: ", 15);
}

/* Each report from its title to the bar below it. */
static struct reports reports_read(void)
{
	struct reports r = { .text = kdal_read("reports") };
	char *line = r.text, *end;

	while (line && *line && r.n < MAX_REPORTS) {
		if (is_title(line)) {
			r.report[r.n++] = line;
			end = strstr(line, "\n" BAR);
			if (!end)
				break;
			*end = 0;
			line = end + 1;
		}
		line = strchr(line, '\n');
		line += !!line;
	}
	return r;
}

static void print_report(const char *text)
{
	char *copy = strdup(text), *rest = copy, *line;

	while ((line = strsep(&rest, "\n")))
		kt_info("    %s", line);
	free(copy);
}

/*
 * Is @func in the stack below the line that starts with @heading? A stack is
 * the indented lines after its heading.
 */
static bool in_stack(const char *report, const char *heading, const char *func)
{
	const char *line = strstr(report, heading), *end;	/* at the newline before it */
	size_t len = strlen(func);

	line = line ? line + 1 : NULL;
	for (; line && (line = strchr(line, '\n')) && line[1] == ' '; line++) {
		const char *word = line + 1 + strspn(line + 1, " ");

		end = strchrnul(line + 1, '\n');
		if (!strncmp(word, func, len) && (word[len] == '+' || word[len] == '.') && word < end)
			return true;
	}
	return false;
}

static bool title_matches(const char *report, const struct want *w)
{
	size_t len;

	if (w->title && strncmp(report, w->title, strlen(w->title)))
		return false;
	if (!w->func)
		return true;
	len = strcspn(report, "\n");
	{
		char title[256], in[128];

		snprintf(title, sizeof(title), "%.*s", (int)len, report);
		snprintf(in, sizeof(in), " in %s+0x", w->func);
		return strstr(title, in);
	}
}

static const char *mismatch(const char *report, const struct want *w)
{
	static char why[256];
	size_t i;

	if (!title_matches(report, w)) {
		snprintf(why, sizeof(why), "the title is not \"%s in %s\"",
			 w->title ?: "", w->func ?: "");
		return why;
	}
	for (i = 0; i < ARRAY_LEN(w->text) && w->text[i]; i++) {
		snprintf(why, sizeof(why), "no text \"%s\"", w->text[i]);
		if (!strstr(report, w->text[i]))
			return why;
	}
	if (w->alloc && !in_stack(report, "\nAllocated", w->alloc))
		return "the allocating function is not in its stack";
	if (w->freed && !in_stack(report, "\nFreed", w->freed))
		return "the freeing function is not in its stack";
	if (w->detected && !in_stack(report, "\nDetected", w->detected))
		return "the detecting function is not in its stack";
	if (w->called && !in_stack(report, "\nCalled", w->called))
		return "the calling function is not in its stack";
	if (w->not_freed && strstr(report, "\nFreed"))
		return "it has a stack of a free";
	return NULL;
}

static void check_report(const char *report, const struct want *w)
{
	const char *why = mismatch(report, w);

	if (why) {
		FAIL("report: %s:", why);
		print_report(report);
	}
}

static long long reports_new(void)
{
	return kdal_stat("reports") - reports_before - reports_wanted;
}

static void reports_clear(void)
{
	int err = file_puts(REPORTS_FILE, "clear");

	EXPECT(!err, "reports: clear: %s", strerror(-err));
}

void reports_expect(const struct want *want, size_t n)
{
	struct reports r;
	size_t i;

	WAIT_FOR(reports_new() >= (long long)n, REPORT_TIMEOUT_MS);
	EXPECT(reports_new() == (long long)n, "%lld reports, not %zu", reports_new(), n);
	reports_wanted += reports_new();
	r = reports_read();
	if (!EXPECT(r.n == n, "%zu reports to read, not %zu:", r.n, n)) {
		for (i = 0; i < r.n; i++)
			print_report(r.report[i]);
	}
	for (i = 0; i < r.n && i < n; i++)
		check_report(r.report[i], &want[i]);
	free(r.text);
	reports_clear();
}

long reports_expect_all(const struct want *want)
{
	struct reports r = reports_read();
	long n = reports_new();
	size_t i;

	for (i = 0; i < r.n; i++)
		check_report(r.report[i], want);
	reports_wanted += n;
	free(r.text);
	reports_clear();
	return n;
}

void reports_begin(void)
{
	reports_clear();
	reports_before = kdal_stat("reports");
	reports_wanted = 0;
}

void reports_end(void)
{
	struct reports r;
	size_t i;

	if (!reports_new())
		return;
	FAIL("%lld reports that nobody expected:", reports_new());
	r = reports_read();
	for (i = 0; i < r.n; i++)
		print_report(r.report[i]);
	free(r.text);
	reports_clear();
}
