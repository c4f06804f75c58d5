/* SPDX-License-Identifier: GPL-2.0 */
/* The system's own <limits.h> wants the real one. */
#include_next <linux/limits.h>
#include <limits.h>
#include <stdint.h>
