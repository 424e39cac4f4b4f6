// SPDX-License-Identifier: Apache-2.0
/*
 * Go's regular expressions by PCRE2. Every pattern is read by Go's grammar (golang.org/s/re2syntax,
 * flags as of regexp.Compile) and written anew with nothing in it that the two understand in
 * different ways: what Go refuses never gets to PCRE2. Only whether there is a match is of
 * interest, so groups are written without captures and lazy repeats as greedy ones.
 */
#include "filter.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <ctype.h>
#include <errno.h>
#include <pcre2.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "buffer.h"
#include "collector.h"

/*
 * REPEAT_MAX and NESTING_MAX are Go's. MATCH_LIMIT is some 0.1 ms of backtracking; what needs more
 * is left to pcre2_dfa_match(), which does not backtrack, but is slower on ordinary patterns. It
 * may need time by the cube of the states it is in at once; WORKSPACE (ints) is for some 170.
 */
enum { REPEAT_MAX = 1000, NESTING_MAX = 999 };
enum { MATCH_LIMIT = 10000, HEAP_LIMIT_KIB = 4096, WORKSPACE = 1024 };

/* Modes of a pattern: (?i), (?m), (?s). (?U) makes no difference to whether there is a match. */
enum { FOLD = 1, MULTILINE = 2, DOT_ALL = 4 };

/* An open group, or the pattern itself. */
struct scope {
	unsigned modes;   /* what the pattern says at this point */
	unsigned written; /* what of it was written */
	unsigned repeats; /* the largest product of nested counted repeats in it */
	size_t start;     /* in the output */
	size_t position;  /* in the pattern */
};

struct translation {
	const char *pattern;
	const char *at; /* what is read next */
	struct buffer out;
	char *error;
	struct scope scopes[NESTING_MAX + 1];
	size_t depth;

	/* The item a repeat would apply to. */
	bool has_item;
	bool is_wrapped; /* a group is needed before it can be repeated */
	size_t item;     /* where it begins in the output */
	unsigned repeats;

	const char *last_repeat; /* the operator, when one came just before */
};

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
	pcre2_set_parens_nest_limit(self.compile, NESTING_MAX * 2);
	/* Go takes \x{D800}, which then matches nothing. */
	pcre2_set_compile_extra_options(self.compile, PCRE2_EXTRA_ALLOW_SURROGATE_ESCAPES);
	pcre2_set_match_limit(self.match, MATCH_LIMIT);
	pcre2_set_heap_limit(self.match, HEAP_LIMIT_KIB);
}

static pcre2_code *compile(const char *text, size_t size, char **error)
{
	/* Groups without captures: (?: would do, but needs more room where nested deeply. */
	const uint32_t options = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_CIRCUMFLEX |
	                         PCRE2_NEVER_BACKSLASH_C | PCRE2_NEVER_UCP | PCRE2_NO_AUTO_CAPTURE;
	pcre2_code *code;
	PCRE2_SIZE offset;
	char message[256] = "";
	int reason;

	code = pcre2_compile((PCRE2_SPTR)text, size, options, &reason, &offset, self.compile);
	if (code || !error)
		return code;
	/* A message that does not fit is cut short, and still says something. */
	(void)pcre2_get_error_message(reason, (PCRE2_UCHAR *)message, sizeof(message));
	*error = xasprintf("it is too complex (%s)", message);
	return NULL;
}

/* Note what is wrong at a place in the pattern; returns -EINVAL. */
static int refuse(struct translation *t, const char *at, const char *fmt, ...) PRINTF(3, 4);
static int refuse(struct translation *t, const char *at, const char *fmt, ...)
{
	char *reason = NULL;
	va_list args;
	int length;

	va_start(args, fmt);
	length = vasprintf(&reason, fmt, args);
	va_end(args);
	t->error = xasprintf("at %td: %s", at - t->pattern + 1, length < 0 ? "?" : reason);
	if (length >= 0)
		free(reason);
	return -EINVAL;
}

/* The character at *at, which is valid UTF-8, and go past it; 0 at the end. */
static uint32_t next_char(const char **at)
{
	const unsigned char *byte = (const unsigned char *)*at;
	unsigned more = byte[0] < 0xc0 ? 0 : byte[0] < 0xe0 ? 1 : byte[0] < 0xf0 ? 2 : 3;
	uint32_t c = more == 0 ? byte[0] : byte[0] & (0x3fu >> more);

	for (unsigned i = 1; i <= more; i++)
		c = c << 6 | (byte[i] & 0x3fu);
	if (byte[0])
		*at += more + 1;
	return c;
}

static size_t char_size(const char *at)
{
	const char *end = at;

	(void)next_char(&end); /* only how far it goes is of interest */
	return (size_t)(end - at);
}

static void write_char(struct buffer *b, uint32_t c)
{
	char text[16];

	if (c < 0x80 && isalnum((int)c))
		snprintf(text, sizeof(text), "%c", (char)c);
	else
		snprintf(text, sizeof(text), "\\x{%x}", c);
	buffer_add_text(b, text);
}

/* What follows is something that can be repeated. */
static void begin_item(struct translation *t)
{
	static const char letters[] = "ims";
	struct scope *scope = &t->scopes[t->depth];
	char on[4] = "", off[5] = "-", text[16];
	size_t n_on = 0, n_off = 1;

	for (unsigned i = 0; i < 3; i++) {
		unsigned mode = 1u << i;

		if ((scope->modes & mode) && !(scope->written & mode))
			on[n_on++] = letters[i];
		if (!(scope->modes & mode) && (scope->written & mode))
			off[n_off++] = letters[i];
	}
	on[n_on] = '\0';
	off[n_off == 1 ? 0 : n_off] = '\0';
	if (scope->modes != scope->written) {
		snprintf(text, sizeof(text), "(?%s%s)", on, off);
		buffer_add_text(&t->out, text);
	}
	scope->written = scope->modes;
	t->has_item = true;
	t->is_wrapped = false;
	t->item = t->out.used;
	t->repeats = 1;
}

static void put_char(struct translation *t, uint32_t c)
{
	begin_item(t);
	write_char(&t->out, c);
}

/* ^, $, \A and the like, which PCRE2 does not repeat. */
static void put_assertion(struct translation *t, const char *text)
{
	begin_item(t);
	buffer_add_text(&t->out, text);
	t->is_wrapped = true;
}

static void count_item(struct translation *t)
{
	struct scope *scope = &t->scopes[t->depth];

	if (t->has_item)
		scope->repeats = MAX(scope->repeats, t->repeats);
}

/* ---- escapes and classes ---- */

/* Sets that Go knows by name, in the syntax of a class. */
static const struct named_set {
	const char *name;
	const char *set;
} named_sets[] = {
	{ "alnum", "0-9A-Za-z" },
	{ "alpha", "A-Za-z" },
	{ "ascii", "\\x{0}-\\x{7f}" },
	{ "blank", "\\x{9}\\x{20}" },
	{ "cntrl", "\\x{0}-\\x{1f}\\x{7f}" },
	{ "digit", "0-9" },
	{ "graph", "\\x{21}-\\x{7e}" },
	{ "lower", "a-z" },
	{ "print", "\\x{20}-\\x{7e}" },
	{ "punct", "\\x{21}-\\x{2f}\\x{3a}-\\x{40}\\x{5b}-\\x{60}\\x{7b}-\\x{7e}" },
	{ "space", "\\x{9}-\\x{d}\\x{20}" },
	{ "upper", "A-Z" },
	{ "word", "0-9A-Za-z_" },
	{ "xdigit", "0-9A-Fa-f" },
	/* The escapes; \s is without the vertical tab. */
	{ "\\d", "0-9" },
	{ "\\s", "\\x{9}\\x{a}\\x{c}\\x{d}\\x{20}" },
	{ "\\w", "0-9A-Za-z_" },
};

static const char *find_set(const char *name, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(named_sets); i++)
		if (strlen(named_sets[i].name) == size &&
		    memcmp(named_sets[i].name, name, size) == 0)
			return named_sets[i].set;
	return NULL;
}

/* Unicode's general categories with their long names. PCRE2 knows the short ones. */
static const struct category {
	const char *name;
	const char *alias;
} categories[] = {
	{ "Any", NULL },
	{ "L&", "lc" },
	{ "L&", "casedletter" },
	{ "C", "other" },
	{ "Cc", "control" },
	{ "Cc", "cntrl" },
	{ "Cf", "format" },
	{ "Cn", "unassigned" },
	{ "Co", "privateuse" },
	{ "Cs", "surrogate" },
	{ "L", "letter" },
	{ "Ll", "lowercaseletter" },
	{ "Lm", "modifierletter" },
	{ "Lo", "otherletter" },
	{ "Lt", "titlecaseletter" },
	{ "Lu", "uppercaseletter" },
	{ "M", "mark" },
	{ "M", "combiningmark" },
	{ "Mc", "spacingmark" },
	{ "Me", "enclosingmark" },
	{ "Mn", "nonspacingmark" },
	{ "N", "number" },
	{ "Nd", "decimalnumber" },
	{ "Nd", "digit" },
	{ "Nl", "letternumber" },
	{ "No", "othernumber" },
	{ "P", "punctuation" },
	{ "P", "punct" },
	{ "Pc", "connectorpunctuation" },
	{ "Pd", "dashpunctuation" },
	{ "Pe", "closepunctuation" },
	{ "Pf", "finalpunctuation" },
	{ "Pi", "initialpunctuation" },
	{ "Po", "otherpunctuation" },
	{ "Ps", "openpunctuation" },
	{ "S", "symbol" },
	{ "Sc", "currencysymbol" },
	{ "Sk", "modifiersymbol" },
	{ "Sm", "mathsymbol" },
	{ "So", "othersymbol" },
	{ "Z", "separator" },
	{ "Zl", "lineseparator" },
	{ "Zp", "paragraphseparator" },
	{ "Zs", "spaceseparator" },
};

/* Scripts with four letters; all other names of that length are codes, which Go does not take. */
static const char *const short_scripts[] = {
	"ahom", "cham", "kawi", "lisu", "newa", "thai", "toto"
};

/* Before 10.40, PCRE2 knew scripts by their exact names, and no other properties that have one. */
#if PCRE2_MAJOR > 10 || PCRE2_MINOR >= 40
#define SCRIPT "sc:"
#else
#define SCRIPT ""
#endif

/* Whether PCRE2 knows the script of that name, key being what matters of it. */
static bool is_script(const char *name, const char *key)
{
	char *pattern;
	pcre2_code *code;
	bool is_long = strlen(key) != 4;

	for (size_t i = 0; i < ARRAY_SIZE(short_scripts) && !is_long; i++)
		is_long = strcmp(key, short_scripts[i]) == 0;
	if (!is_long || strcmp(key, "unknown") == 0)
		return false;
	pattern = xasprintf("\\p{" SCRIPT "%s}", name);
	code = compile(pattern, strlen(pattern), NULL);
	free(pattern);
	pcre2_code_free(code);
	return code != NULL;
}

/*
 * The name of a property, as in the pattern and with what has no say in it left out: case, blanks,
 * '-' and '_' (Unicode's loose matching).
 */
struct property {
	char name[64];
	char key[64];
};

static bool read_property(const char *name, const char *end, struct property *ret)
{
	size_t size = (size_t)(end - name), used = 0;

	if (size >= sizeof(ret->name))
		return false;
	memcpy(ret->name, name, size);
	ret->name[size] = '\0';
	for (const char *c = ret->name; *c; c++) {
		if (isalpha((unsigned char)*c))
			ret->key[used++] = (char)tolower((unsigned char)*c);
		else if (!strchr(" _-", *c))
			return false;
	}
	ret->key[used] = '\0';
	return true;
}

static const char *find_category(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(categories); i++)
		if (strcasecmp(key, categories[i].name) == 0 ||
		    (categories[i].alias && strcmp(key, categories[i].alias) == 0))
			return categories[i].name;
	return NULL;
}

static void write_property(struct buffer *b, bool is_negated, const char *prefix, const char *name)
{
	buffer_add_text(b, is_negated ? "\\P{" : "\\p{");
	buffer_add_text(b, prefix);
	buffer_add_text(b, name);
	buffer_add_text(b, "}");
}

/* \pL, \p{Greek}, \P{^Lu}, …: go past it and write it to b. */
static int translate_property(struct translation *t, struct buffer *b)
{
	const char *start = t->at, *name = start + 2, *end, *category;
	bool is_negated = start[1] == 'P', is_braced = *name == '{';
	struct property property;

	end = is_braced ? strchr(name, '}') : name + char_size(name);
	if (!end || end == name)
		return refuse(t, start, "\\%c needs a name in braces", start[1]);
	t->at = end + is_braced;
	name += is_braced;
	if (*name == '^') {
		is_negated = !is_negated;
		name++;
	}
	if (!read_property(name, end, &property))
		return refuse(t, start, "no such character class: %.*s", (int)(t->at - start),
		              start);

	category = find_category(property.key);
	if (strcmp(property.key, "ascii") == 0)
		buffer_add_text(b, is_negated ? "\\x{80}-\\x{10ffff}" : "\\x{0}-\\x{7f}");
	else if (strcmp(property.key, "assigned") == 0)
		write_property(b, !is_negated, "", "Cn");
	else if (category && (t->scopes[t->depth].modes & FOLD) && category[0] == 'L' &&
	         category[1] && strchr("ult", category[1]))
		write_property(b, is_negated, "", "L&"); /* which they are without regard to case */
	else if (category)
		write_property(b, is_negated, "", category);
	else if (is_script(property.name, property.key))
		write_property(b, is_negated, SCRIPT, property.name);
	else
		return refuse(t, start, "no such character class: %.*s", (int)(t->at - start),
		              start);
	return 0;
}

/* The digits after \x. */
static int translate_hex(struct translation *t, const char *start, uint32_t *ret)
{
	bool in_braces = *t->at == '{';
	size_t n = 0;
	uint32_t c = 0;

	t->at += in_braces;
	for (; isxdigit((unsigned char)*t->at) && (in_braces || n < 2); n++, t->at++) {
		char digit = (char)tolower((unsigned char)*t->at);

		c = c * 16 + (uint32_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
		if (c > 0x10ffff)
			return refuse(t, start, "there is no such character");
	}
	if (n == 0 || (!in_braces && n != 2) || (in_braces && *t->at != '}'))
		return refuse(t, start, "\\x needs two hexadecimal digits, or some in braces");
	t->at += in_braces;
	*ret = c;
	return 0;
}

/* An escape that stands for one character. */
static int translate_escape(struct translation *t, uint32_t *ret)
{
	static const char letters[] = "afnrtv", meant[] = "\a\f\n\r\t\v";
	const char *start = t->at++, *letter;
	char c = *t->at;

	if (!c)
		return refuse(t, start, "there is nothing after the backslash");
	if (c == 'x') {
		t->at++;
		return translate_hex(t, start, ret);
	}
	if (c == '0' || (c >= '1' && c <= '7' && t->at[1] >= '0' && t->at[1] <= '7')) {
		uint32_t value = 0;

		for (unsigned i = 0; i < 3 && *t->at >= '0' && *t->at <= '7'; i++)
			value = value * 8 + (uint32_t)(*t->at++ - '0');
		*ret = value;
		return 0;
	}
	letter = strchr(letters, c);
	if (letter) {
		t->at++;
		*ret = (unsigned char)meant[letter - letters];
		return 0;
	}
	if (isdigit((unsigned char)c))
		return refuse(t, start, "a reference to a group (\\%c) is not supported", c);
	if (isalpha((unsigned char)c) || (unsigned char)c >= 0x80)
		return refuse(t, start, "\\%.*s is not supported", (int)char_size(t->at), t->at);
	*ret = (unsigned char)*t->at++;
	return 0;
}

/* A class that is being read. */
struct class
{
	struct buffer set;    /* what is in it */
	struct buffer others; /* "|[^...]" for each set all but which is in it */
	const char *other;    /* the last of those sets, and how many there were */
	size_t n_others;
};

/* [:alpha:], \d, \pL in a class. 1 when it was one of those, 0 when not, or -EINVAL. */
static int translate_named(struct translation *t, struct class *class)
{
	const char *start = t->at, *end = NULL, *name = start, *set;
	bool is_negated = false;

	if (start[0] == '[' && start[1] == ':') {
		end = strstr(start + 2, ":]");
		if (!end)
			return 0;
		is_negated = start[2] == '^';
		name = start + 2 + is_negated;
		set = find_set(name, (size_t)(end - name));
		end += 2;
	} else if (start[0] == '\\' && start[1] && strchr("dswDSW", start[1])) {
		is_negated = isupper((unsigned char)start[1]);
		set = find_set((char[]){ '\\', (char)tolower((unsigned char)start[1]) }, 2);
		end = start + 2;
	} else if (start[0] == '\\' && (start[1] == 'p' || start[1] == 'P')) {
		return translate_property(t, &class->set) < 0 ? -EINVAL : 1;
	} else {
		return 0;
	}
	if (!set)
		return refuse(t, start, "no such character class: %.*s", (int)(end - start), start);
	t->at = end;
	if (is_negated) {
		buffer_add_text(&class->others, "|[^");
		buffer_add_text(&class->others, set);
		buffer_add_text(&class->others, "]");
		class->other = set;
		class->n_others++;
	} else {
		buffer_add_text(&class->set, set);
	}
	return 1;
}

static int translate_class_char(struct translation *t, uint32_t *ret)
{
	if (*t->at == '\\')
		return translate_escape(t, ret);
	*ret = next_char(&t->at);
	return 0;
}

static int translate_class_part(struct translation *t, struct class *class)
{
	const char *start = t->at;
	uint32_t low, high;
	int r;

	r = translate_named(t, class);
	if (r != 0)
		return r;
	r = translate_class_char(t, &low);
	if (r < 0)
		return r;
	high = low;
	if (t->at[0] == '-' && t->at[1] != ']' && t->at[1]) {
		t->at++;
		r = translate_class_char(t, &high);
		if (r < 0)
			return r;
	}
	if (high < low)
		return refuse(t, start, "the range %.*s goes backwards", (int)(t->at - start),
		              start);
	write_char(&class->set, low);
	if (high > low) {
		buffer_add_text(&class->set, "-");
		write_char(&class->set, high);
	}
	return 0;
}

static void write_set(struct buffer *b, bool is_negated, const char *set, size_t size)
{
	buffer_add_text(b, is_negated ? "[^" : "[");
	buffer_add(b, set, size);
	buffer_add_text(b, "]");
}

/*
 * PCRE2 lets a class have a negated set in it, but does not fold its case as Go does; hence
 * [a\W] is written as (?:[a]|[^0-9A-Za-z_]), and its opposite by means of a lookahead.
 */
static void write_class(struct translation *t, const struct class *class, bool is_negated)
{
	const struct buffer *others = &class->others;

	begin_item(t);
	if (class->n_others == 0) {
		write_set(&t->out, is_negated, class->set.data, class->set.used);
		return;
	}
	if (class->n_others == 1 && class->set.used == 0) {
		write_set(&t->out, !is_negated, class->other, strlen(class->other));
		return;
	}
	buffer_add_text(&t->out, is_negated ? "(?:(?!" : "(?:");
	if (class->set.used > 0) {
		write_set(&t->out, false, class->set.data, class->set.used);
		buffer_add(&t->out, others->data, others->used);
	} else {
		buffer_add(&t->out, others->data + 1, others->used - 1);
	}
	buffer_add_text(&t->out, is_negated ? ")\\p{Any})" : ")");
}

static int translate_class(struct translation *t)
{
	struct class class = { 0 };
	const char *start = t->at++;
	bool is_negated = *t->at == '^', is_first = true;
	int r = 0;

	t->at += is_negated;
	while (r >= 0 && *t->at && (is_first || *t->at != ']')) {
		is_first = false;
		r = translate_class_part(t, &class);
	}
	if (r >= 0 && !*t->at)
		r = refuse(t, start, "missing closing ]");
	if (r >= 0) {
		t->at++;
		write_class(t, &class, is_negated);
	}
	buffer_free(&class.set);
	buffer_free(&class.others);
	return r < 0 ? r : 0;
}

static int translate_backslash(struct translation *t)
{
	struct class class = { 0 };
	const char *end;
	uint32_t c;
	int r;

	switch (t->at[1]) {
	case 'A':
	case 'b':
	case 'B':
	case 'z':
		put_assertion(t, (char[]){ '\\', t->at[1], '\0' });
		t->at += 2;
		return 0;
	case 'Q':
		t->at += 2;
		end = strstr(t->at, "\\E");
		while (*t->at && t->at != end)
			put_char(t, next_char(&t->at));
		t->at += end ? 2 : 0;
		return 0;
	default:
		break;
	}

	r = translate_named(t, &class);
	if (r > 0)
		write_class(t, &class, false);
	buffer_free(&class.set);
	buffer_free(&class.others);
	if (r != 0)
		return r < 0 ? r : 0;
	r = translate_escape(t, &c);
	if (r == 0)
		put_char(t, c);
	return r;
}

/* ---- groups ---- */

static int open_group(struct translation *t, const char *start)
{
	const struct scope *outer = &t->scopes[t->depth];

	if (t->depth == NESTING_MAX)
		return refuse(t, start, "groups are nested too deeply");
	begin_item(t);
	t->scopes[t->depth + 1] = (struct scope){
		.modes = outer->modes,
		.written = outer->written,
		.repeats = 1,
		.start = t->out.used,
		.position = (size_t)(start - t->pattern),
	};
	t->depth++;
	buffer_add_text(&t->out, "(");
	t->has_item = false;
	return 0;
}

static int close_group(struct translation *t)
{
	const struct scope *inner = &t->scopes[t->depth];

	if (t->depth == 0)
		return refuse(t, t->at, "unexpected )");
	count_item(t);
	buffer_add_text(&t->out, ")");
	t->has_item = true;
	t->is_wrapped = false;
	t->item = inner->start;
	t->repeats = inner->repeats;
	t->depth--;
	t->at++;
	return 0;
}

/* (?P<name>…) and (?<name>…), whose names are checked and forgotten. */
static int open_named_group(struct translation *t, const char *start)
{
	const char *name = strchr(t->at, '<') + 1, *end = name;

	while (isalnum((unsigned char)*end) || *end == '_')
		end++;
	if (end == name || *end != '>')
		return refuse(t, start, "a group's name is made of letters, digits and _");
	t->at = end + 1;
	return open_group(t, start);
}

/* What is wrong with (?X, in the words of those who use it elsewhere. */
static int refuse_group(struct translation *t, const char *start)
{
	static const struct {
		const char *text;
		const char *what;
	} unsupported[] = {
		{ "(?=", "lookahead" },
		{ "(?!", "lookahead" },
		{ "(?<=", "lookbehind" },
		{ "(?<!", "lookbehind" },
		{ "(?>", "an atomic group" },
		{ "(?#", "a comment" },
		{ "(?|", "a branch reset" },
		{ "(?(", "a condition" },
		{ "(?P=", "a reference to a group" },
		{ "(?P>", "recursion" },
		{ "(?&", "recursion" },
		{ "(?R", "recursion" },
		{ "(?x", "the mode x" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(unsupported); i++)
		if (starts_with(start, unsupported[i].text))
			return refuse(t, start, "%s is not supported", unsupported[i].what);
	return refuse(t, start,
	              "(? must be followed by :, by modes out of i, m, s and U, or by "
	              "P<name>");
}

static unsigned mode_of(char letter)
{
	return letter == 'i' ? FOLD : letter == 'm' ? MULTILINE : letter == 's' ? DOT_ALL : 0;
}

/* (?i), (?s-m), (?i:…), (?P<name>…). */
static int translate_perl_group(struct translation *t)
{
	const char *start = t->at;
	struct scope *scope = &t->scopes[t->depth];
	unsigned modes = scope->modes, mode;
	bool is_off = false, has_letter = false;
	int r;

	if (starts_with(start, "(?P<") ||
	    (starts_with(start, "(?<") && start[3] != '=' && start[3] != '!'))
		return open_named_group(t, start);
	for (t->at += 2; *t->at != ')' && *t->at != ':'; t->at++) {
		if (*t->at == '-' && !is_off) {
			is_off = true;
			has_letter = false;
			continue;
		}
		if (!*t->at || !strchr("imsU", *t->at))
			return refuse_group(t, start);
		has_letter = true;
		mode = mode_of(*t->at);
		modes = is_off ? modes & ~mode : modes | mode;
	}
	if (is_off && !has_letter)
		return refuse_group(t, start);
	if (*t->at++ == ')') {
		scope->modes = modes;
		return 0;
	}
	r = open_group(t, start);
	if (r == 0)
		t->scopes[t->depth].modes = modes;
	return r;
}

/* ---- repeats ---- */

/* A number without a leading zero, or -1 where there is none; REPEAT_MAX + 1 for all above. */
static int repeat_count(const char **at)
{
	const char *start = *at;
	int count = 0;

	if (!isdigit((unsigned char)start[0]) ||
	    (start[0] == '0' && isdigit((unsigned char)start[1])))
		return -1;
	for (; isdigit((unsigned char)**at); (*at)++)
		count = MIN(count * 10 + (**at - '0'), REPEAT_MAX + 1);
	return count;
}

/* {n}, {n,} and {n,m}; what looks otherwise is no operator. max is -1 where there is none. */
static bool read_counts(const char **at, int *ret_min, int *ret_max)
{
	const char *next = *at + 1;
	int min, max;

	min = repeat_count(&next);
	if (min < 0)
		return false;
	max = min;
	if (*next == ',') {
		next++;
		max = *next == '}' ? -1 : repeat_count(&next);
		if (max < 0 && *next != '}')
			return false;
	}
	if (*next != '}')
		return false;
	*at = next + 1;
	*ret_min = min;
	*ret_max = max;
	return true;
}

/* An operator from t->at to end: what it applies to must be there, and must not be one. */
static int repeat_item(struct translation *t, const char *end)
{
	const char *start = t->at, *lazy = end + (*end == '?');
	struct buffer *out = &t->out;

	if (!t->has_item)
		return refuse(t, start, "nothing to repeat before %.*s", (int)(end - start), start);
	if (t->last_repeat)
		return refuse(t, t->last_repeat, "a repeat of a repeat: %.*s",
		              (int)(lazy - t->last_repeat), t->last_repeat);
	if (t->is_wrapped) {
		buffer_add(out, "(?:", 3);
		memmove(out->data + t->item + 3, out->data + t->item, out->used - t->item - 3);
		memcpy(out->data + t->item, "(?:", 3);
		buffer_add_text(out, ")");
	}
	buffer_add(out, start, (size_t)(end - start));
	t->is_wrapped = true;
	t->last_repeat = start;
	t->at = lazy;
	return 0;
}

static int translate_counts(struct translation *t)
{
	const char *start = t->at, *end = start;
	int min, max, r;
	unsigned factor;

	if (!read_counts(&end, &min, &max)) {
		count_item(t);
		put_char(t, '{');
		t->at++;
		t->last_repeat = NULL;
		return 0;
	}
	if (min > REPEAT_MAX || max > REPEAT_MAX || (max >= 0 && min > max))
		return refuse(t, start, "%.*s must go up, to %d at most", (int)(end - start), start,
		              REPEAT_MAX);
	r = repeat_item(t, end);
	if (r < 0)
		return r;
	factor = (unsigned)MAX(max < 0 ? min : max, 1);
	t->repeats = max == 0 ? 1 : t->repeats * factor;
	if (t->repeats > REPEAT_MAX)
		return refuse(t, start, "repeats within repeats come to more than %d", REPEAT_MAX);
	return 0;
}

/* ---- the whole ---- */

static int translate_next(struct translation *t)
{
	char text[2] = { *t->at, '\0' };

	switch (*t->at) {
	case '(':
		if (t->at[1] == '?')
			return translate_perl_group(t);
		return open_group(t, t->at++);
	case ')':
		return close_group(t);
	case '|':
		count_item(t);
		buffer_add_text(&t->out, "|");
		t->has_item = false;
		t->at++;
		return 0;
	case '^':
	case '$':
		put_assertion(t, text);
		t->at++;
		return 0;
	case '.':
		begin_item(t);
		buffer_add_text(&t->out, ".");
		t->at++;
		return 0;
	case '[':
		return translate_class(t);
	case '\\':
		return translate_backslash(t);
	default:
		put_char(t, next_char(&t->at));
		return 0;
	}
}

static int translate(struct translation *t)
{
	size_t valid = utf8_prefix(t->pattern, strlen(t->pattern));
	int r = 0;

	if (t->pattern[valid])
		return refuse(t, t->pattern + valid, "this is not UTF-8");
	while (*t->at && r == 0) {
		if (*t->at == '*' || *t->at == '+' || *t->at == '?') {
			r = repeat_item(t, t->at + 1);
		} else if (*t->at == '{') {
			r = translate_counts(t);
		} else {
			count_item(t);
			r = translate_next(t);
			t->last_repeat = NULL;
		}
	}
	if (r == 0 && t->depth > 0)
		r = refuse(t, t->pattern + t->scopes[t->depth].position, "missing closing )");
	return r;
}

int regex_compile(struct regex *re, const char *text, char **error)
{
	struct translation *t = xcalloc(1, sizeof(*t));
	pcre2_code *code = NULL;
	int r = 0;

	set_up();
	t->pattern = text;
	t->at = text;
	t->scopes[0].repeats = 1;
	if (text[0])
		r = translate(t);
	if (r == 0 && text[0]) {
		buffer_reserve(&t->out, 1); /* (?i) comes to nothing, but not to NULL */
		code = compile(t->out.data, t->out.used, &t->error);
		r = code ? 0 : -EINVAL;
	}
	if (r < 0) {
		*error = t->error;
	} else {
		regex_free(re);
		re->text = text;
		re->code = code;
	}
	buffer_free(&t->out);
	free(t);
	return r;
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
