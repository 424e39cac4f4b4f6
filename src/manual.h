// SPDX-License-Identifier: Apache-2.0
/* The manual page. */
#pragma once

#include "flag_parse.h"

/* A page of section 1 for man(7), named after the programme. */
void manual_print(struct flag_set *set, FILE *out);

/* Completion of flags for shells, by --completion-bash. */
void manual_print_bash(struct flag_set *set, FILE *out);
void manual_print_zsh(struct flag_set *set, FILE *out);
