// SPDX-License-Identifier: Apache-2.0
#include "json.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "collector.h"

enum { FILE_MAX = 1 << 20 };

int json_open(struct scrape *s, struct json *j, const char *path)
{
	CLEANUP(cleanup_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *text = scrape_alloc(s, FILE_MAX + 1);
	size_t used = 0;
	ssize_t n = 1;

	if (fd < 0)
		return fail(s, -errno, "%s: %s", path, error_text(errno));
	while (n && used <= FILE_MAX) {
		n = read(fd, text + used, FILE_MAX + 1 - used);
		if (n < 0 && errno != EINTR)
			return fail(s, -errno, "%s: %s", path, error_text(errno));
		used += n > 0 ? (size_t)n : 0;
	}
	if (used > FILE_MAX)
		return fail(s, -EFBIG, "%s: %s", path, error_text(EFBIG));
	text[used] = '\0';
	*j = (struct json){ .at = text };
	return 0;
}

static char next_char(struct json *j)
{
	j->at += strspn(j->at, " \t\r\n");
	return *j->at;
}

static void expect(struct json *j, const char *what)
{
	if (!j->error)
		j->error = what;
}

void json_enter(struct json *j, char bracket)
{
	if (j->error)
		return;
	if (next_char(j) != bracket) {
		expect(j, bracket == '[' ? "an array" : "an object");
		return;
	}
	j->at++;
	j->is_first = true;
}

bool json_has_next(struct json *j, char bracket)
{
	bool is_first = j->is_first;

	if (j->error)
		return false;
	j->is_first = false;
	if (next_char(j) == bracket) {
		j->at++;
		return false;
	}
	if (is_first)
		return true;
	if (*j->at != ',') {
		expect(j, "a comma or a closing bracket");
		return false;
	}
	j->at++;
	return true;
}

const char *json_name(struct json *j)
{
	const char *name = json_text(j);

	if (j->error)
		return "";
	if (next_char(j) != ':')
		expect(j, "a colon");
	else
		j->at++;
	return name;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 32) >= 'a' && (c | 32) <= 'f')
		return (c | 32) - 'a' + 10;
	return -1;
}

static char *write_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
		return to;
	}
	if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
	} else {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
	}
	*to++ = (char)(0x80 | (c & 0x3f));
	return to;
}

/* Decode the escape behind a backslash at *from; false where there is no such escape. */
static bool decode_escape(const char **from, char **to)
{
	static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	const char *letter = **from ? strchr(letters, **from) : NULL;
	uint32_t c = 0;

	if (letter) {
		*(*to)++ = meanings[letter - letters];
		(*from)++;
		return true;
	}
	if (**from != 'u')
		return false;
	for (int i = 1; i <= 4; i++) {
		if (hex_digit((*from)[i]) < 0)
			return false;
		c = c << 4 | (uint32_t)hex_digit((*from)[i]);
	}
	/* Halves of a pair mean nothing by themselves, and no text of ours has a NUL. */
	*to = write_utf8(*to, c == 0 || (c >= 0xd800 && c < 0xe000) ? 0xfffd : c);
	*from += 5;
	return true;
}

const char *json_text(struct json *j)
{
	const char *from;
	char *text, *to;

	if (j->error)
		return "";
	if (next_char(j) != '"') {
		expect(j, "a text in quotes");
		return "";
	}
	text = to = j->at + 1;
	for (from = text; *from != '"';) {
		if (*from == '\\') {
			from++;
			if (decode_escape(&from, &to))
				continue;
			expect(j, "an escape that there is");
			return "";
		}
		if (!*from) {
			expect(j, "a quote at the end of a text");
			return "";
		}
		*to++ = *from++;
	}
	j->at += from - j->at + 1;
	*to = '\0';
	return text;
}

double json_number(struct json *j)
{
	double value = 0;
	size_t length;
	char behind;

	if (j->error)
		return 0;
	next_char(j);
	length = strspn(j->at, "+-.0123456789eE");
	behind = j->at[length];
	j->at[length] = '\0';
	if (parse_double(j->at, &value) < 0)
		expect(j, "a number");
	j->at[length] = behind;
	j->at += length;
	return value;
}

void json_skip(struct json *j)
{
	static const char ends[] = "\"[]{},: \t\r\n";
	size_t depth = 0;

	do {
		char c = j->error ? '\0' : next_char(j);

		if (c == '"') {
			(void)json_text(j); /* is not wanted */
		} else if (c && (depth || !strchr("]},:", c))) {
			depth += c == '[' || c == '{';
			depth -= c == ']' || c == '}';
			j->at += strchr(ends, c) ? 1 : strcspn(j->at, ends);
		} else {
			expect(j, "a value");
			return;
		}
	} while (depth);
}

int json_check(struct scrape *s, const struct json *j, const char *path)
{
	return j->error
	               ? fail(s, -EINVAL, "%s: expected %s, found \"%.16s\"", path, j->error, j->at)
	               : 0;
}
