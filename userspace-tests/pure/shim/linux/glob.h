/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_GLOB_H
#define SHIM_LINUX_GLOB_H

#include <linux/types.h>

/* lib/glob.c of the kernel tree is linked in. */
bool __pure glob_match(char const *pat, char const *str);
bool __pure glob_match_len(char const *pat, char const *str, size_t len);

#endif
