// SPDX-License-Identifier: GPL-2.0
/*
 * The commands of kdal_target that look at objects or damage them. None of
 * these allocates.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "churn.h"
#include "target.h"

/* Writes "len" bytes at "off", wherever that is: the bug of most tests. */
static TARGET_SITE void kdal_target_poke(u8 *p, const struct target_args *a)
{
	s64 i;

	OPTIMIZER_HIDE_VAR(p);
	for (i = 0; i < a->len; i++)
		WRITE_ONCE(p[a->off + i], a->byte);
}

static int cmd_poke(const struct target_args *a)
{
	s64 i;

	for (i = 0; i < a->n; i++)
		kdal_target_poke(target_slots[a->slot + i].p, a);
	return 0;
}

/* Reads "len" bytes at "off", likewise: the bug that only a fault shows. */
static TARGET_SITE u8 kdal_target_peek(const u8 *p, const struct target_args *a)
{
	u8 sum = 0;
	s64 i;

	OPTIMIZER_HIDE_VAR(p);
	for (i = 0; i < a->len; i++)
		sum += READ_ONCE(p[a->off + i]);
	barrier();
	return sum;
}

/* sum=N: of the bytes that were read */
static int cmd_peek(const struct target_args *a)
{
	target_result("sum=%u\n", kdal_target_peek(target_slots[a->slot].p, a));
	return 0;
}

/* Changes bytes whatever they hold, so that each byte is certain to differ. */
static int cmd_invert(const struct target_args *a)
{
	s64 i;

	for (i = 0; i < a->len; i++)
		((u8 *)target_slots[a->slot].p)[a->off + i] ^= 0xff;
	return 0;
}

/* bad=N: bytes in [off, off + len) of the slots that are not "byte" */
static int cmd_check(const struct target_args *a)
{
	unsigned long bad = 0;
	s64 i, j;

	for (i = 0; i < a->n; i++) {
		const u8 *p = target_slots[a->slot + i].p;

		for (j = 0; j < a->len; j++)
			bad += p[a->off + j] != (u8)a->byte;
	}
	target_result("bad=%lu\n", bad);
	return 0;
}

/*
 * Lowest and highest physical address (last byte), alignment of all addresses,
 * and the NUMA nodes as bits.
 */
static int cmd_phys(const struct target_args *a)
{
	u64 lo = U64_MAX, hi = 0, nodes = 0;
	unsigned long bits = 0;
	s64 i;

	for (i = 0; i < a->n; i++) {
		void *p = target_slots[a->slot + i].p;

		lo = min_t(u64, lo, virt_to_phys(p));
		hi = max_t(u64, hi, virt_to_phys(p) + a->size - 1);
		bits |= (unsigned long)p;
		nodes |= BIT_ULL(page_to_nid(virt_to_page(p)));
	}
	target_result("lo=%llu hi=%llu align=%lu nodes=%llu\n", lo, hi, bits & -bits, nodes);
	return 0;
}

static int cmd_ksize(const struct target_args *a)
{
	target_result("ksize=%zu\n", ksize(target_slots[a->slot].p));
	return 0;
}

static int cmd_addr(const struct target_args *a)
{
	target_result("addr=%ld\n", (long)target_slots[a->slot].p);
	return 0;
}

/* Takes over an object that an earlier load of this module left behind. */
static int cmd_adopt(const struct target_args *a)
{
	target_slots[a->slot] = (struct target_slot){ (void *)(unsigned long)a->addr, true };
	return 0;
}

/* The slots keep their addresses, but nobody frees the objects any more. */
static int cmd_forget(const struct target_args *a)
{
	s64 i;

	for (i = 0; i < a->n; i++)
		target_slots[a->slot + i].live = false;
	return 0;
}

/* Has the kernel log say which cache the object comes from. */
static int cmd_dump(const struct target_args *a)
{
#ifdef CONFIG_PRINTK
	kmem_dump_obj(target_slots[a->slot].p);
	return 0;
#else
	return -EOPNOTSUPP;
#endif
}

/* reused=1: "slot" and slot number "off" hold the same address */
static int cmd_same(const struct target_args *a)
{
	target_result("same=%d\n", target_slots[a->slot].p == target_slots[a->off].p);
	return 0;
}

static int cmd_churn(const struct target_args *a)
{
	return churn(a->n, a->seed);
}

static int cmd_rcu_barrier(const struct target_args *a)
{
	kvfree_rcu_barrier();
	rcu_barrier();
	return 0;
}

static int cmd_reset(const struct target_args *a)
{
	target_pools_destroy();
	target_free_live();
	target_areas_free();
	target_caches_destroy();
	target_device_del();
	return cmd_rcu_barrier(a);
}

const struct target_cmd target_probe_cmds[] = {
	{ "poke", .run = cmd_poke },
	{ "peek", .run = cmd_peek },
	{ "invert", .run = cmd_invert },
	{ "check", .run = cmd_check },
	{ "phys", .run = cmd_phys },
	{ "ksize", .run = cmd_ksize },
	{ "addr", .run = cmd_addr },
	{ "adopt", .run = cmd_adopt },
	{ "forget", .run = cmd_forget },
	{ "dump", .run = cmd_dump },
	{ "same", .run = cmd_same },
	{ "churn", .run = cmd_churn },
	{ "rcu_barrier", .run = cmd_rcu_barrier },
	{ "reset", .run = cmd_reset },
	{ }
};
