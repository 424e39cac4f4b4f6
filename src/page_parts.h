// SPDX-License-Identifier: Apache-2.0
/* What the page and its JSON say in the same words. */
#pragma once

#include "buffer.h"
#include "history.h"
#include "host.h"

enum page_state {
	PAGE_FAILED,
	PAGE_STUCK,
	PAGE_ASIDE,
	PAGE_OK,
	PAGE_NO_DATA,
	PAGE_WAITING,
	PAGE_OFF
};

/* How a collector is, and the word for that. */
enum page_state page_state(unsigned id);
extern const char *const page_state_words[];

/* The n-th item that a collector is stuck in, and since when (ns); NULL: there is none. */
const char *page_stuck(unsigned id, size_t n, int64_t *ret_for);

/* Why a collector is on or off: "by default", or the flag. Valid until the next call with text. */
enum { PAGE_FLAG_MAX = 96 };
const char *page_switch(unsigned id, char text[static PAGE_FLAG_MAX]);

/* Seconds since an instant of now_ns(); NaN for 0. */
double page_age(int64_t at);

/* Seconds since the boot; NaN where that is not known. */
double page_uptime(void);

/* All collectors in the order in which they are shown: those that need a look first. */
size_t page_order(unsigned ids[static COLLECTORS_MAX]);

/* Whether what a collector says of files is shown with these. */
bool page_files_have_words(unsigned id);

/* Parts of the page, by the names that page.html has for them: the host's, */
void page_title(struct buffer *b);
void page_name(struct buffer *b);
void page_host(struct buffer *b);
void page_figures_age(struct buffer *b);
void page_cpu(struct buffer *b);
void page_memory(struct buffer *b);
void page_load(struct buffer *b);
void page_pressure(struct buffer *b);
void page_disks(struct buffer *b);
void page_network(struct buffer *b);
void page_filesystems(struct buffer *b);
void page_temperatures(struct buffer *b);

/* and the exporter's. */
void page_collectors(struct buffer *b);
void page_quiet(struct buffer *b);
void page_off(struct buffer *b);
void page_scrapers(struct buffer *b);
void page_files(struct buffer *b);
void page_summary(struct buffer *b);
