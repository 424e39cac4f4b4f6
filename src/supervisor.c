// SPDX-License-Identifier: Apache-2.0
/*
 * <methodResponse><params><param><value><array><data>
 *   <value><struct>
 *     <member><name>state</name><value><int>20</int></value></member> …
 *   </struct></value> …
 * </data></array></value></param></params></methodResponse>
 */
#include "supervisor.h"

#include <errno.h>
#include <libxml/xmlreader.h>
#include <string.h>

#include "buffer.h"
#include "collector.h"
#include "library.h"

/* Elements down to a member; below it are its name and its value, and a value's type. */
static const char *const levels[] = { "methodResponse", "params", "param",  "value", "array",
	                              "data",           "value",  "struct", "member" };
enum { FAULT = 1, ARRAY = 4, STRUCT = 7, MEMBER = 8, PART = 9, TYPE = 10, TEXT_MAX = 4096 };

#define FUNCTIONS(F) \
	F(FreeTextReader) \
	F(ReaderForMemory) \
	F(TextReaderConstName) \
	F(TextReaderConstValue) \
	F(TextReaderDepth) \
	F(TextReaderGetParserLineNumber) \
	F(TextReaderIsEmptyElement) \
	F(TextReaderNodeType) \
	F(TextReaderRead)

#define POINTER(NAME) __typeof__(&(xml##NAME)) NAME;
static struct {
	FUNCTIONS(POINTER)
} lib;

#define SYMBOL(NAME) { "xml" #NAME, &lib.NAME },
static const struct library_symbol symbols[] = { FUNCTIONS(SYMBOL){ 0 } };

/* A text that is put together from pieces. */
struct text {
	char data[TEXT_MAX];
	size_t used;
	bool is_cut;
};

struct parser {
	struct scrape *scrape;
	xmlTextReaderPtr reader;
	void (*visit)(struct scrape *s, const struct supervisor_process *p);
	struct supervisor_process process;
	struct text names[2]; /* of the process and of its group */
	struct text name;     /* of the member */
	struct text value;
	bool is_name;    /* in the name of the member, not in its value */
	bool is_integer; /* the value */
	bool is_text;    /* the value; it is where no type is named */
	bool has_type;   /* one is named */
	bool has_list;   /* the array has begun */
};

static void clear(struct text *t)
{
	t->used = 0;
	t->data[0] = '\0';
	t->is_cut = false;
}

static void add(struct text *t, const char *piece)
{
	size_t size = strlen(piece);

	if (size >= sizeof(t->data) - t->used) {
		t->is_cut = true;
		return;
	}
	memcpy(t->data + t->used, piece, size + 1);
	t->used += size;
}

static int line_of(const struct parser *p)
{
	return lib.TextReaderGetParserLineNumber(p->reader);
}

static void set_text(struct parser *p, struct text *to, const char **field)
{
	if (!p->is_text || p->value.is_cut) {
		warn(p->scrape, "supervisord: the %s of a process is no text of up to %d bytes",
		     p->name.data, TEXT_MAX - 1);
		return;
	}
	memcpy(to->data, p->value.data, p->value.used + 1);
	*field = to->data;
}

static void set_number(struct parser *p, unsigned flag, int64_t *field)
{
	if (!p->is_integer || p->value.is_cut || parse_i64(trim(p->value.data), field) < 0) {
		warn(p->scrape, "supervisord: the %s of a process is no integer", p->name.data);
		return;
	}
	p->process.has |= flag;
}

static void end_member(struct parser *p)
{
	struct supervisor_process *process = &p->process;
	const char *name = p->name.data;

	if (strcmp(name, "name") == 0)
		set_text(p, &p->names[0], &process->name);
	else if (strcmp(name, "group") == 0)
		set_text(p, &p->names[1], &process->group);
	else if (strcmp(name, "state") == 0)
		set_number(p, SUPERVISOR_STATE, &process->state);
	else if (strcmp(name, "exitstatus") == 0)
		set_number(p, SUPERVISOR_EXIT_STATUS, &process->exit_status);
	else if (strcmp(name, "start") == 0)
		set_number(p, SUPERVISOR_START, &process->start);
}

/* A value without a type is a text. */
static void begin_type(struct parser *p, const char *type)
{
	static const char *const integers[] = { "int", "i1", "i2", "i4", "i8" };

	p->has_type = true;
	p->is_text = strcmp(type, "string") == 0;
	p->is_integer = false;
	for (size_t i = 0; i < ARRAY_SIZE(integers); i++)
		p->is_integer = p->is_integer || strcmp(type, integers[i]) == 0;
	clear(&p->value);
}

static int begin_element(struct parser *p, const char *name, int depth)
{
	if (depth == FAULT && strcmp(name, "fault") == 0)
		return fail(p->scrape, -EPROTO, "supervisord: it answers with a fault");
	if (depth <= MEMBER && strcmp(name, levels[depth]) != 0)
		return fail(p->scrape, -EBADMSG,
		            "supervisord: line %d: expected <%s>, found <%.64s>", line_of(p),
		            levels[depth], name);
	switch (depth) {
	case ARRAY:
		p->has_list = true;
		break;
	case STRUCT:
		p->process = (struct supervisor_process){ 0 };
		break;
	case MEMBER:
		clear(&p->name);
		clear(&p->value);
		p->is_text = p->is_integer = p->has_type = false;
		break;
	case PART:
		p->is_name = strcmp(name, "name") == 0;
		p->is_text = !p->has_type;
		break;
	case TYPE:
		if (!p->is_name)
			begin_type(p, name);
		break;
	default:
		break;
	}
	return 0;
}

static void end_element(struct parser *p, int depth)
{
	if (depth == MEMBER)
		end_member(p);
	else if (depth == STRUCT)
		p->visit(p->scrape, &p->process);
}

static void take_text(struct parser *p, int depth)
{
	const char *piece = (const char *)lib.TextReaderConstValue(p->reader);

	if (!piece)
		return;
	if (p->is_name && depth == TYPE)
		add(&p->name, piece);
	else if (!p->is_name && depth == TYPE + p->has_type)
		add(&p->value, piece);
}

static int take_node(struct parser *p)
{
	int depth = lib.TextReaderDepth(p->reader), r = 0;

	switch (lib.TextReaderNodeType(p->reader)) {
	case XML_READER_TYPE_ELEMENT:
		r = begin_element(p, (const char *)lib.TextReaderConstName(p->reader), depth);
		/* Its end is not said. */
		if (r == 0 && lib.TextReaderIsEmptyElement(p->reader) == 1)
			end_element(p, depth);
		break;
	case XML_READER_TYPE_END_ELEMENT:
		end_element(p, depth);
		break;
	case XML_READER_TYPE_TEXT:
	case XML_READER_TYPE_CDATA:
	case XML_READER_TYPE_SIGNIFICANT_WHITESPACE:
		take_text(p, depth);
		break;
	case XML_READER_TYPE_DOCUMENT_TYPE:
	case XML_READER_TYPE_ENTITY_REFERENCE:
		/* XML-RPC has no use for them, but those who want to overwhelm a parser. */
		r = fail(p->scrape, -EBADMSG, "supervisord: line %d: a DTD or an entity",
		         line_of(p));
		break;
	default:
		break;
	}
	return r;
}

int supervisor_parse(struct scrape *s, const char *answer, size_t size,
                     void (*visit)(struct scrape *s, const struct supervisor_process *p))
{
	struct parser p = { .scrape = s, .visit = visit };
	int r = 0, node;

	r = lib.TextReaderRead ? 0 : library_load(s, LIBXML2_SONAME, symbols);
	if (r < 0)
		return r;
	if (!size || size > INT32_MAX)
		return fail(s, -EBADMSG, "supervisord: an answer of %zu bytes", size);
	p.reader = lib.ReaderForMemory(answer, (int)size, NULL, NULL,
	                               XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	if (!p.reader)
		return fail(s, -ENOMEM, "supervisord: libxml2 does not take its answer");
	while (r == 0 && (node = lib.TextReaderRead(p.reader)) != 0)
		r = node < 0 ? fail(s, -EBADMSG, "supervisord: line %d: no XML, or broken off",
		                    line_of(&p))
		             : take_node(&p);
	if (r == 0 && !p.has_list)
		r = fail(s, -EBADMSG, "supervisord: its answer has no list of processes");
	lib.FreeTextReader(p.reader);
	return r;
}
