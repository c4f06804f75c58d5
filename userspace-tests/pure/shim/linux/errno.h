/* SPDX-License-Identifier: GPL-2.0 */
/* The system's own <errno.h> wants the real one. */
#include_next <linux/errno.h>
