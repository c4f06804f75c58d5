/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KDAL_TESTS_JSON_H
#define KDAL_TESTS_JSON_H

/* NULL if @text is one JSON value and no more, else where it goes wrong. */
const char *json_check(const char *text);

#endif
