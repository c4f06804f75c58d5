// SPDX-License-Identifier: GPL-2.0
/* Writers of control, readers of every file and a busy target, all at once. */
#include <errno.h>
#include <stdlib.h>

#include "kdal.h"
#include "kt.h"

#define ROUNDS 60

static int writer(int nr)
{
	int i, err = 0;

	for (i = 0; i < ROUNDS && !err; i++) {
		err = kdal_control("module writer%d =F; module writer%d_too", nr, nr);
		err = err ?: kdal_control("module writer%d +ZP", nr);
		err = err ?: kdal_control("module writer%d_too =_; module writer%d =_", nr, nr);
		if (!err && kdal_control("module writer%d =_", nr) != -ENOENT)
			err = -EIO;
	}
	return err;
}

static int reader(void)
{
	static const char *const files[] = {
		KDAL_DIR "/control", KDAL_DIR "/stats", KDAL_DIR "/zones", KDAL_DIR "/sites",
		KDAL_DIR "/objects", KDAL_DIR "/reports", KDAL_DIR "/verify",
	};
	size_t i;

	for (i = 0; i < ROUNDS * ARRAY_LEN(files); i++) {
		char *text = file_read(files[i % ARRAY_LEN(files)]);

		if (!text)
			return 1;
		free(text);
	}
	return 0;
}

static int sweeper(void)
{
	int i, err = 0;

	for (i = 0; i < ROUNDS && !err; i++)
		err = file_puts(KDAL_DIR "/verify", "1");
	return err && err != -EBUSY;
}

static int everyone(int nr)
{
	switch (nr) {
	case 0:
		return reader();
	case 1:
		return sweeper();
	case 2:
	case 3:
		return target("churn n=20000 seed=%d", nr);
	default:
		return writer(nr);
	}
}

static void all_at_once(const void *arg)
{
	char *rules;

	(void)arg;
	kdal_rule("module kdal_target");
	EXPECT_EQ(in_children(8, everyone), 0);
	rules = kdal_rules();
	EXPECT(rules && !kdal_control("module kdal_target =_"), "the rule is gone");
	EXPECT_EQ(kdal_stat("rules"), 0);
	EXPECT_EQ(kdal_stat("live_objects"), 0);
	free(rules);
}

static int clearer(int nr)
{
	int i, err = 0;

	if (nr > 1)
		return target("churn n=10000 seed=%d", nr);
	for (i = 0; i < ROUNDS && !err; i++)
		err = kdal_control(nr ? "module kdal_target" : "clear");
	return err;
}

static void clear_and_set(const void *arg)
{
	(void)arg;
	EXPECT_EQ(in_children(5, clearer), 0);
	EXPECT(kdal_off(), "not off");
}

static int loader(int nr)
{
	int i, err = 0;

	if (!nr) {
		for (i = 0; i < 20 && !err; i++)
			err = module_unload("kdal_target") ?:
			      module_load("kdal_target", "init_n=20 init_size=77");
		return err;
	}
	for (i = 0; i < ROUNDS && !err; i++)
		err = kdal_control("module kdal_target; module nobody%d", nr) ?:
		      kdal_control("module nobody%d =_", nr);
	return err;
}

static void modules_come_and_go(const void *arg)
{
	(void)arg;
	EXPECT_EQ(in_children(4, loader), 0);
	EXPECT_EQ(kdal_stat("live_objects"), 20);
}

static const struct kt_case cases[] = {
	{ "writers, readers, sweeps and a target", all_at_once, NULL },
	{ "clear against set", clear_and_set, NULL },
	{ "modules come and go", modules_come_and_go, NULL },
};

KT_MAIN(KT_KDAL | KT_TARGET)
