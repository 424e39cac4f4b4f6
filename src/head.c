// SPDX-License-Identifier: Apache-2.0
#include "head.h"

#include <string.h>
#include <strings.h>

/* RFC 9110, section 5.6.2: what names of fields are made of. */
static bool is_token(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		char c = text[i];

		if (c <= ' ' || c >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", c))
			return false;
	}
	return size > 0;
}

/* No control character but the tab; bytes above ASCII are as good as any. */
static bool is_plain(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)text[i] < ' ' ? text[i] != '\t' : text[i] == 0x7f)
			return false;
	return true;
}

/* A name, an address or one in brackets, perhaps a port: no path, user, list or blank. */
static bool is_host(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		char c = text[i];

		if (c <= ' ' || c >= 0x7f || strchr("\"#,/<>?@\\^`{|}", c))
			return false;
	}
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_name(const char *text, size_t size, const char *name)
{
	return size == strlen(name) && strncasecmp(text, name, size) == 0;
}

void head_add(struct head *h, const char *name, size_t name_size, const char *value,
              size_t value_size)
{
	h->fields++;
	for (; value_size && is_blank(value[0]); value_size--)
		value++;
	while (value_size && is_blank(value[value_size - 1]))
		value_size--;
	if (!is_token(name, name_size) || !is_plain(value, value_size))
		h->is_malformed = true;
	if (is_name(name, name_size, "Host")) {
		h->hosts++;
		if (!is_host(value, value_size))
			h->is_malformed = true;
	} else if (is_name(name, name_size, "Content-Length")) {
		h->lengths++;
		if (value_size != 1 || value[0] != '0')
			h->has_body = true;
	} else if (is_name(name, name_size, "Transfer-Encoding")) {
		h->has_body = true;
	} else if (is_name(name, name_size, "Expect")) {
		h->has_expectation = true;
	}
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Escapes of the query are not looked at: a bad one costs its own pair of name and value only. */
static bool is_target(const char *target)
{
	bool is_path = true;

	if (target[0] != '/')
		return false;
	for (const char *c = target; *c; c++) {
		if ((unsigned char)*c <= ' ' || *c == 0x7f || *c == '#')
			return false;
		if (*c == '?')
			is_path = false;
		if (is_path && *c == '%' && (!is_hex(c[1]) || !is_hex(c[2])))
			return false;
	}
	return true;
}

unsigned head_judge(const struct head *h, const char *method, const char *target,
                    const char *version, const char **ret_why)
{
	bool needs_host = strcmp(version, "HTTP/1.0") != 0;
	bool is_read = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ||
	               strcmp(method, "OPTIONS") == 0;

	if (strlen(target) > HEAD_TARGET_MAX) {
		*ret_why = "URI Too Long\n";
		return 414;
	}
	if (h->fields > HEAD_FIELDS_MAX) {
		*ret_why = "Request Header Fields Too Large\n";
		return 431;
	}
	if (h->is_malformed || h->hosts > 1 || h->hosts < needs_host || h->lengths > 1) {
		*ret_why = "400 Bad Request: malformed header\n";
		return 400;
	}
	if (!is_read) {
		*ret_why = "Method Not Allowed\n";
		return 405;
	}
	if (!is_target(target)) {
		*ret_why = "400 Bad Request: malformed target\n";
		return 400;
	}
	if (h->has_body) {
		*ret_why = "400 Bad Request: no body is taken\n";
		return 400;
	}
	if (h->has_expectation) {
		*ret_why = "Expectation Failed\n";
		return 417;
	}
	return 0;
}
