// SPDX-License-Identifier: Apache-2.0
#include "re2_names.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <ctype.h>
#include <pcre2.h>
#include <string.h>
#include <strings.h>

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

const char *re2_find_set(const char *name, size_t size)
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
	PCRE2_SIZE offset;
	int reason;
	bool is_long = strlen(key) != 4;

	for (size_t i = 0; i < ARRAY_SIZE(short_scripts) && !is_long; i++)
		is_long = strcmp(key, short_scripts[i]) == 0;
	if (!is_long || strcmp(key, "unknown") == 0)
		return false;
	pattern = xasprintf("\\p{" SCRIPT "%s}", name);
	code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, PCRE2_UTF, &reason,
	                     &offset, NULL);
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

static bool read_name(const char *name, size_t size, struct property *ret)
{
	size_t used = 0;

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

bool re2_add_property(struct buffer *b, const char *name, size_t size, bool is_negated, bool folds)
{
	struct property property;
	const char *category;

	if (!read_name(name, size, &property))
		return false;
	category = find_category(property.key);
	if (strcmp(property.key, "ascii") == 0)
		buffer_add_text(b, is_negated ? "\\x{80}-\\x{10ffff}" : "\\x{0}-\\x{7f}");
	else if (strcmp(property.key, "assigned") == 0)
		write_property(b, !is_negated, "", "Cn");
	else if (category && folds && category[0] == 'L' && category[1] &&
	         strchr("ult", category[1]))
		write_property(b, is_negated, "", "L&"); /* which they are without regard to case */
	else if (category)
		write_property(b, is_negated, "", category);
	else if (is_script(property.name, property.key))
		write_property(b, is_negated, SCRIPT, property.name);
	else
		return false;
	return true;
}
