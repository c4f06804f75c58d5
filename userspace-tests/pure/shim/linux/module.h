/* SPDX-License-Identifier: GPL-2.0 */
/* For lib/glob.c of the kernel tree. */
#ifndef SHIM_LINUX_MODULE_H
#define SHIM_LINUX_MODULE_H

#include <linux/compiler.h>
#include <linux/export.h>
#include <linux/glob.h>

#define MODULE_DESCRIPTION(s)
#define MODULE_LICENSE(s)

#endif
