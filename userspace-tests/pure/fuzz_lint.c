// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz KDAL's lint_table.c (libFuzzer) against a second statement of what is
 * wrong with a request, written as conditions and not as a table.
 * Input: flags, size, order, context, interface, constructor; 16 bytes.
 */

#include <stdlib.h>
#include <stdio.h>

#include <linux/limits.h>
#include <linux/string.h>

#include "lint_table.h"

#define CHECK(cond)							\
	do {								\
		if (!(cond)) {						\
			fprintf(stderr, "%s:%d: %s\n", __FILE__,	\
				__LINE__, #cond);			\
			abort();					\
		}							\
	} while (0)

#define MAX_SIZE 4194304

static bool has(const struct kdal_lint_call *c, gfp_t flag)
{
	return (c->gfp & flag) != 0;
}

static bool may_sleep(const struct kdal_lint_call *c)
{
	if (c->api == KDAL_API_VMALLOC)
		return true;
	return has(c, __GFP_DIRECT_RECLAIM);
}

static bool is_rt_bug(const struct kdal_lint_call *c)
{
	bool irqs = c->context & KDAL_IRQS_OFF;
	bool hard = c->context & KDAL_IN_HARDIRQ;
	bool preempt = c->context & KDAL_PREEMPT_OFF;

	if (has(c, __GFP_DIRECT_RECLAIM) || c->api == KDAL_API_VMALLOC)
		return false;
	if (c->context & KDAL_IS_RT)
		return irqs || hard || preempt;
	if (!(c->context & KDAL_COUNTS_PREEMPT))
		return false;
	return irqs && !hard && !preempt && !(c->context & KDAL_IN_IDLE);
}

static u32 flag_kinds(const struct kdal_lint_call *c)
{
	bool slab = c->api == KDAL_API_SLAB;
	u32 found = 0;

	if (has(c, __GFP_NOFAIL) && !has(c, __GFP_DIRECT_RECLAIM))
		found |= BIT(KDAL_LINT_NOFAIL_ATOMIC);
	if (has(c, __GFP_NOFAIL) && c->order >= 2 && (slab || c->api == KDAL_API_PAGE))
		found |= BIT(KDAL_LINT_NOFAIL_ORDER);
	if (slab && has(c, __GFP_HIGHMEM))
		found |= BIT(KDAL_LINT_HIGHMEM);
	if (slab && has(c, __GFP_DMA32))
		found |= BIT(KDAL_LINT_DMA32);
	if (has(c, __GFP_DMA) + has(c, __GFP_DMA32) + has(c, __GFP_HIGHMEM) > 1)
		found |= BIT(KDAL_LINT_ZONES);
	if (slab && c->ctor && has(c, __GFP_ZERO))
		found |= BIT(KDAL_LINT_ZERO_CTOR);
	if (c->api == KDAL_API_MEMPOOL && has(c, __GFP_ZERO))
		found |= BIT(KDAL_LINT_ZERO_POOL);
	return found;
}

static u32 expected(const struct kdal_lint_call *c)
{
	u32 found = flag_kinds(c);
	bool atomic = c->context & ~(KDAL_COUNTS_PREEMPT | KDAL_IS_RT);

	if (atomic && may_sleep(c))
		found |= BIT(KDAL_LINT_SLEEP);
	if (is_rt_bug(c))
		found |= BIT(KDAL_LINT_RT);
	if (!c->size)
		found |= BIT(KDAL_LINT_EMPTY);
	if ((ssize_t)c->size < 0 && !has(c, __GFP_NOWARN))
		found |= BIT(KDAL_LINT_OVERFLOW);
	if ((ssize_t)c->size > MAX_SIZE && !has(c, __GFP_NOWARN))
		found |= BIT(KDAL_LINT_TOO_LARGE);
	return found;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	struct kdal_lint_call c = { .max = MAX_SIZE };
	u32 gfp, found;
	u64 size;

	if (len < 16)
		return 0;
	memcpy(&gfp, data, sizeof(gfp));
	memcpy(&size, data + 4, sizeof(size));
	c.gfp = gfp & (BIT(___GFP_LAST_BIT) - 1);
	c.size = size;
	c.order = data[12] & 15;
	c.context = data[13];
	c.api = BIT(data[14] % 5);
	c.ctor = data[15] & 1;
	found = kdal_lint_find(&c);
	CHECK(found == expected(&c));
	CHECK(!found || !kdal_lint_is_plain(&c));
	return 0;
}
