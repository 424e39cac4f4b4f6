// SPDX-License-Identifier: Apache-2.0
/* The manual pages. */
#pragma once

#include "flag_parse.h"

/* A page of section 1 for man(7), named after the programme. */
void manual_print(struct flag_set *set, FILE *out);

/* The page nodegauge-scripts(1). */
void manual_print_scripts(struct flag_set *set, FILE *out);

/* The beginning of a page of section 1, up to its name and what it is about. */
void manual_head(FILE *out, const char *name, const char *about);

/* Completion of flags for shells, by --completion-bash. */
void manual_print_bash(struct flag_set *set, FILE *out);
void manual_print_zsh(struct flag_set *set, FILE *out);
