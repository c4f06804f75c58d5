/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_COMPILER_H
#define SHIM_LINUX_COMPILER_H

#define __force
#define __pure		__attribute__((__pure__))
#define __must_check	__attribute__((__warn_unused_result__))
#define __aligned(x)	__attribute__((__aligned__(x)))
#ifndef fallthrough
#define fallthrough	__attribute__((__fallthrough__))
#endif
#define WRITE_ONCE(x, val)	(*(volatile __typeof__(x) *)&(x) = (val))

#endif
