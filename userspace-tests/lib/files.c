// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kdal.h"
#include "kt.h"

static char *fd_read(int fd)
{
	size_t len = 0, room = 4096;
	char *buf = malloc(room);
	ssize_t got;

	while (buf && (got = read(fd, buf + len, room - len - 1)) > 0) {
		len += got;
		if (room - len < 2048)
			buf = realloc(buf, room *= 2);
	}
	if (!buf || got < 0) {
		free(buf);
		return NULL;
	}
	buf[len] = 0;
	return buf;
}

char *file_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text;

	if (fd < 0)
		return NULL;
	text = fd_read(fd);
	close(fd);
	return text;
}

int file_write(const char *path, const void *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t done;
	int err;

	if (fd < 0)
		return -errno;
	done = write(fd, data, len);
	err = done < 0 ? -errno : (size_t)done == len ? 0 : -EIO;
	close(fd);
	return err;
}

int file_puts(const char *path, const char *text)
{
	return file_write(path, text, strlen(text));
}

long long file_number(const char *path)
{
	char *text = file_read(path);
	long long value = text ? strtoll(text, NULL, 0) : -1;

	free(text);
	return value;
}

int file_put_number(const char *path, long long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", value);
	return file_puts(path, text);
}

long long text_value(const char *text, const char *name)
{
	size_t len = strlen(name);
	const char *line;

	for (line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, name, len) && strchr(": \t", line[len]))
			return strtoll(line + len + strspn(line + len, ": \t"), NULL, 0);
		if (!*line)
			break;
	}
	return -1;
}

static char *next_word(char **text)
{
	char *word;

	*text += strspn(*text, " \t");
	word = *text;
	*text += strcspn(*text, " \t");
	if (**text)
		*(*text)++ = 0;
	return word;
}

static void split_header(struct table *t, char *line)
{
	line++;
	for (t->cols = 0; t->cols < TABLE_COLS; t->cols++) {
		char *word = next_word(&line);

		if (!*word)
			break;
		t->col[t->cols] = word;
	}
}

static void split_row(struct table *t, char *line)
{
	size_t c;

	t->row = realloc(t->row, (t->rows + 1) * sizeof(*t->row));
	for (c = 0; c + 1 < t->cols; c++)
		t->row[t->rows][c] = next_word(&line);
	t->row[t->rows++][c] = line + strspn(line, " \t");
}

struct table table_read(const char *file)
{
	struct table t = { .text = kdal_read(file) };
	char *rest = t.text, *line = strsep(&rest, "\n");

	while ((line = strsep(&rest, "\n"))) {
		if (*line == '#')
			split_header(&t, line);
		else if (*line)
			REQUIRE(t.cols, "%s: a row before the names of the columns", file);
		if (*line && *line != '#')
			split_row(&t, line);
	}
	return t;
}

void table_free(struct table *t)
{
	free(t->row);
	free(t->text);
}

static size_t column(const struct table *t, const char *name)
{
	size_t c;

	for (c = 0; c < t->cols; c++)
		if (!strcmp(t->col[c], name))
			return c;
	FAIL("no column %s", name);
	kt_abort();
}

const char *table_cell(const struct table *t, size_t row, const char *col)
{
	return t->row[row][column(t, col)];
}

long long table_number(const struct table *t, size_t row, const char *col)
{
	return strtoll(table_cell(t, row, col), NULL, 0);
}

long table_find(const struct table *t, size_t from, const char *col, const char *prefix)
{
	size_t c = t->rows ? column(t, col) : 0, row;

	for (row = from; row < t->rows; row++)
		if (!strncmp(t->row[row][c], prefix, strlen(prefix)))
			return row;
	return -1;
}
