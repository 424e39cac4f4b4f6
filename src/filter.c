// SPDX-License-Identifier: Apache-2.0
#include "filter.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <errno.h>
#include <pcre2.h>
#include <string.h>

#include "buffer.h"
#include "collector.h"
#include "re2.h"

/*
 * MATCH_LIMIT is some 0.1 ms of backtracking; what needs more is left to pcre2_dfa_match(), which
 * does not backtrack, but is slower on ordinary patterns. It may need time by the cube of the
 * states it is in at once; WORKSPACE (ints) is for some 170.
 */
enum { MATCH_LIMIT = 10000, HEAP_LIMIT_KIB = 4096, WORKSPACE = 1024 };

static struct {
	pcre2_general_context *general;
	pcre2_compile_context *compile;
	pcre2_match_context *match;
	pcre2_match_data *data;
	int workspace[WORKSPACE];
} self;

static void *get_memory(size_t size, void *data)
{
	(void)data;
	return xmalloc(size);
}

static void free_memory(void *memory, void *data)
{
	(void)data;
	free(memory);
}

/* What PCRE2 needs, once in each process. */
static void set_up(void)
{
	if (self.general)
		return;
	self.general = pcre2_general_context_create(get_memory, free_memory, NULL);
	self.compile = pcre2_compile_context_create(self.general);
	self.match = pcre2_match_context_create(self.general);
	self.data = pcre2_match_data_create(1, self.general);
	pcre2_set_newline(self.compile, PCRE2_NEWLINE_LF);
	pcre2_set_parens_nest_limit(self.compile, RE2_NESTING_MAX * 2);
	/* Go takes \x{D800}, which then matches nothing. */
	pcre2_set_compile_extra_options(self.compile, PCRE2_EXTRA_ALLOW_SURROGATE_ESCAPES);
	pcre2_set_match_limit(self.match, MATCH_LIMIT);
	pcre2_set_heap_limit(self.match, HEAP_LIMIT_KIB);
}

static int compile(struct buffer *pattern, pcre2_code **ret, char **error)
{
	/* Groups without captures: (?: would do, but needs more room where nested deeply. */
	const uint32_t options = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_CIRCUMFLEX |
	                         PCRE2_NEVER_BACKSLASH_C | PCRE2_NEVER_UCP | PCRE2_NO_AUTO_CAPTURE;
	PCRE2_SIZE offset;
	char message[256] = "";
	int reason;

	set_up();
	buffer_reserve(pattern, 1); /* (?i) comes to nothing, but not to NULL */
	*ret = pcre2_compile((PCRE2_SPTR)pattern->data, pattern->used, options, &reason, &offset,
	                     self.compile);
	if (*ret)
		return 0;
	/* A message that does not fit is cut short, and still says something. */
	(void)pcre2_get_error_message(reason, (PCRE2_UCHAR *)message, sizeof(message));
	*error = xasprintf("it is too complex (%s)", message);
	return -EINVAL;
}

int regex_compile(struct regex *re, const char *text, char **error)
{
	struct buffer pattern = { 0 };
	pcre2_code *code = NULL;
	int r = 0;

	if (text[0]) {
		r = re2_translate(text, &pattern, error);
		if (r == 0)
			r = compile(&pattern, &code, error);
		buffer_free(&pattern);
	}
	if (r < 0)
		return r;
	regex_free(re);
	re->text = text;
	re->code = code;
	return 0;
}

void regex_free(struct regex *re)
{
	pcre2_code_free(re->code);
	re->code = NULL;
	re->text = NULL;
}

bool regex_is_empty(const struct regex *re)
{
	return !re->text || !re->text[0];
}

/* Where both ways come to their limits there is no match. */
static bool search(const pcre2_code *code, const char *text, size_t size)
{
	int rc;

	rc = pcre2_match(code, (PCRE2_SPTR)text, size, 0, PCRE2_NO_UTF_CHECK, self.data,
	                 self.match);
	if (rc < 0 && rc != PCRE2_ERROR_NOMATCH)
		rc = pcre2_dfa_match(code, (PCRE2_SPTR)text, size, 0,
		                     PCRE2_NO_UTF_CHECK | PCRE2_DFA_SHORTEST, self.data, NULL,
		                     self.workspace, WORKSPACE);
	return rc >= 0;
}

/* Each byte that is not part of valid UTF-8 is U+FFFD to Go. */
static bool search_invalid(const pcre2_code *code, const char *text, size_t size)
{
	struct buffer valid = { 0 };
	size_t prefix;
	bool found;

	buffer_reserve(&valid, size * 3);
	for (size_t i = 0; i < size; i += prefix + 1) {
		prefix = utf8_prefix(text + i, size - i);
		buffer_add(&valid, text + i, prefix);
		if (i + prefix < size)
			buffer_add(&valid, "\xef\xbf\xbd", 3);
	}
	found = search(code, valid.data, valid.used);
	buffer_free(&valid);
	return found;
}

bool regex_matches(const struct regex *re, const char *text)
{
	size_t size;

	if (regex_is_empty(re))
		return true;
	size = strlen(text);
	return utf8_prefix(text, size) == size ? search(re->code, text, size)
	                                       : search_invalid(re->code, text, size);
}

bool filter_keeps(const struct filter *f, const char *text)
{
	if (!regex_is_empty(&f->exclude) && regex_matches(&f->exclude, text))
		return false;
	return regex_is_empty(&f->include) || regex_matches(&f->include, text);
}

int filter_settle(struct scrape *s, struct filter *f, const char *include_flag,
                  const char *exclude_flag)
{
	if (regex_is_empty(&f->include) || regex_is_empty(&f->exclude))
		return 0;
	if (f->exclude.given)
		return fail(s, -EINVAL, "--%s and --%s exclude each other: give one of them",
		            include_flag, exclude_flag);
	regex_free(&f->exclude);
	return 0;
}

int regex_alias(struct scrape *s, struct regex *re, const char *flag, const struct regex *old,
                const char *old_flag)
{
	char *error = NULL;
	int r;

	if (regex_is_empty(old) || re->text == old->text)
		return 0;
	if (re->given)
		return fail(s, -EINVAL, "--%s is the old name of --%s: give one of them", old_flag,
		            flag);
	warn(s, "--%s is deprecated, use --%s", old_flag, flag);
	r = regex_compile(re, old->text, &error);
	if (r < 0) {
		(void)fail(s, r, "--%s: %s", old_flag, error); /* returned just below */
		free(error);
		return r;
	}
	re->given = true;
	return 0;
}
