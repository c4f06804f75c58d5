// SPDX-License-Identifier: GPL-2.0
/* A checker of JSON, as in RFC 8259, without a check of UTF-8. */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "json.h"

static bool value(const char **s);

static void blanks(const char **s)
{
	*s += strspn(*s, " \t\r\n");
}

static bool take(const char **s, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*s, word, len))
		return false;
	*s += len;
	return true;
}

static bool string(const char **s)
{
	int i;

	if (!take(s, "\""))
		return false;
	for (; **s != '"'; (*s)++) {
		if ((unsigned char)**s < 0x20)
			return false;
		if (**s != '\\')
			continue;
		(*s)++;
		if (!**s || !strchr("\"\\/bfnrtu", **s))
			return false;
		for (i = 0; **s == 'u' && i < 4; i++)
			if (!isxdigit((unsigned char)(*s)[1 + i]))
				return false;
		if (**s == 'u')
			*s += 4;
	}
	(*s)++;
	return true;
}

static bool digits(const char **s)
{
	size_t n = strspn(*s, "0123456789");

	*s += n;
	return n;
}

static bool number(const char **s)
{
	take(s, "-");
	if (!take(s, "0") && !digits(s))
		return false;
	if (take(s, ".") && !digits(s))
		return false;
	if (take(s, "e") || take(s, "E")) {
		if (!take(s, "+"))
			take(s, "-");
		return digits(s);
	}
	return true;
}

static bool members(const char **s, const char *end, bool keys)
{
	blanks(s);
	if (take(s, end))
		return true;
	do {
		blanks(s);
		if (keys) {
			if (!string(s))
				return false;
			blanks(s);
			if (!take(s, ":"))
				return false;
		}
		if (!value(s))
			return false;
	} while (take(s, ","));
	return take(s, end);
}

static bool value(const char **s)
{
	bool good;

	blanks(s);
	if (**s == '"')
		good = string(s);
	else if (take(s, "{"))
		good = members(s, "}", true);
	else if (take(s, "["))
		good = members(s, "]", false);
	else
		good = take(s, "true") || take(s, "false") || take(s, "null") || number(s);
	blanks(s);
	return good;
}

const char *json_check(const char *text)
{
	return value(&text) && !*text ? NULL : text;
}
