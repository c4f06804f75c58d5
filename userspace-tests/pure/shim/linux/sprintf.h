/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_SPRINTF_H
#define SHIM_LINUX_SPRINTF_H

#include <stdarg.h>
#include <stdio.h>

/* As in the kernel: what was written, and nothing is if size is 0. */
static inline __attribute__((__format__(printf, 3, 4)))
int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(buf, size, fmt, args);
	va_end(args);
	if (!size || n < 0)
		return 0;
	return (size_t)n < size ? n : (int)size - 1;
}

#endif
