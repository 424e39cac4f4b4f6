// SPDX-License-Identifier: Apache-2.0
#include "webconfig_yaml.h"

#include <errno.h>
#include <string.h>

enum { KEYS_MAX = 16, DEPTH_MAX = 16 };

static const char root_name[] = "the file";

struct webconfig_place yaml_place(yaml_mark_t mark)
{
	return (struct webconfig_place){ (unsigned)mark.line + 1, (unsigned)mark.column + 1 };
}

static yaml_node_t *node_at(struct yaml_reader *r, int index)
{
	return yaml_document_get_node(&r->document, index);
}

static const char *text_of(const yaml_node_t *node)
{
	return (const char *)node->data.scalar.value;
}

bool yaml_is_null(const yaml_node_t *node)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL" };

	if (node->type != YAML_SCALAR_NODE || node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(text_of(node), words[i]) == 0)
			return true;
	return false;
}

static size_t count_items(const yaml_node_t *node)
{
	if (node->type == YAML_SEQUENCE_NODE)
		return (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
	if (node->type == YAML_MAPPING_NODE)
		return (size_t)(node->data.mapping.pairs.top - node->data.mapping.pairs.start);
	return 0;
}

/* Of this type, without a tag of its own, and within the limits. */
static int expect(struct yaml_reader *r, const yaml_node_t *node, yaml_node_type_t type)
{
	static const struct {
		const char *what;
		const char *tag;
	} types[] = {
		[YAML_SCALAR_NODE] = { "a single value", YAML_DEFAULT_SCALAR_TAG },
		[YAML_SEQUENCE_NODE] = { "a list", YAML_DEFAULT_SEQUENCE_TAG },
		[YAML_MAPPING_NODE] = { "keys with values", YAML_DEFAULT_MAPPING_TAG },
	};

	if (node->type != type)
		return YAML_REFUSE(r, node, "%s: expected %s", r->path, types[type].what);
	if (strcmp((const char *)node->tag, types[type].tag) != 0)
		return YAML_REFUSE(r, node, "%s: expected no tag", r->path);
	if (type == YAML_SCALAR_NODE && memchr(text_of(node), '\0', node->data.scalar.length))
		return YAML_REFUSE(r, node, "%s: expected no NUL", r->path);
	if (count_items(node) > WEBCONFIG_ITEMS_MAX)
		return YAML_REFUSE(r, node, "%s: expected at most %d items", r->path,
		                   WEBCONFIG_ITEMS_MAX);
	return 0;
}

void *yaml_target(struct yaml_reader *r, const struct yaml_key *key)
{
	return (char *)r->target + key->offset;
}

/* --- Values --- */

const char *yaml_take_text(struct yaml_reader *r, const yaml_node_t *node)
{
	if (expect(r, node, YAML_SCALAR_NODE) < 0)
		return NULL;
	return arena_strdup(r->arena, text_of(node));
}

const char **yaml_take_list(struct yaml_reader *r, const yaml_node_t *node, size_t *ret_count)
{
	const char **texts;
	size_t count;

	if (expect(r, node, YAML_SEQUENCE_NODE) < 0)
		return NULL;
	count = count_items(node);
	texts = arena_alloc(r->arena, (count + 1) * sizeof(*texts));
	for (size_t i = 0; i < count; i++) {
		texts[i] = yaml_take_text(r, node_at(r, node->data.sequence.items.start[i]));
		if (!texts[i])
			return NULL;
	}
	*ret_count = count;
	return texts;
}

int yaml_take_choice(struct yaml_reader *r, const yaml_node_t *node, const char *const *names,
                     size_t n_names, size_t *ret)
{
	const char *choices = "";

	if (expect(r, node, YAML_SCALAR_NODE) < 0)
		return -EINVAL;
	for (size_t i = 0; i < n_names; i++) {
		if (strcmp(names[i], text_of(node)) == 0) {
			*ret = i;
			return 0;
		}
		choices = arena_printf(r->arena, "%s%s%s", choices, i ? ", " : "", names[i]);
	}
	return YAML_REFUSE(r, node, "%s: expected %s%s, not \"%.100s\"", r->path,
	                   n_names > 1 ? "one of " : "", choices, text_of(node));
}

int yaml_take_choices(struct yaml_reader *r, const yaml_node_t *node, const char *const *names,
                      size_t n_names, size_t **ret, size_t *ret_count)
{
	size_t count, *choices;

	if (expect(r, node, YAML_SEQUENCE_NODE) < 0)
		return -EINVAL;
	count = count_items(node);
	choices = arena_alloc(r->arena, (count + 1) * sizeof(*choices));
	for (size_t i = 0; i < count; i++)
		if (yaml_take_choice(r, node_at(r, node->data.sequence.items.start[i]), names,
		                     n_names, &choices[i]) < 0)
			return -EINVAL;
	*ret = choices;
	*ret_count = count;
	return 0;
}

int yaml_read_bool(struct yaml_reader *r, const yaml_node_t *node, const struct yaml_key *key)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {
		{ "true", true },   { "True", true },   { "TRUE", true }, { "yes", true },
		{ "Yes", true },    { "YES", true },    { "on", true },   { "On", true },
		{ "ON", true },     { "y", true },      { "Y", true },    { "false", false },
		{ "False", false }, { "FALSE", false }, { "no", false },  { "No", false },
		{ "NO", false },    { "off", false },   { "Off", false }, { "OFF", false },
		{ "n", false },     { "N", false },
	};

	if (expect(r, node, YAML_SCALAR_NODE) < 0)
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE ||
		    strcmp(words[i].word, text_of(node)) != 0)
			continue;
		*(bool *)yaml_target(r, key) = words[i].value;
		return 0;
	}
	return YAML_REFUSE(r, node, "%s: expected true or false, not \"%.100s\"", r->path,
	                   text_of(node));
}

/* --- Mappings --- */

int yaml_next_pair(struct yaml_reader *r, const yaml_node_t *node, size_t *at,
                   struct yaml_pair *ret)
{
	const yaml_node_pair_t *pairs = node->data.mapping.pairs.start;
	struct yaml_pair pair;

	if (expect(r, node, YAML_MAPPING_NODE) < 0)
		return -EINVAL;
	if (*at == count_items(node))
		return 0;
	pair.key = node_at(r, pairs[*at].key);
	pair.value = node_at(r, pairs[*at].value);
	pair.name = yaml_take_text(r, pair.key);
	if (!pair.name)
		return -EINVAL;
	for (size_t i = 0; i < *at; i++)
		if (strcmp(text_of(node_at(r, pairs[i].key)), pair.name) == 0)
			return YAML_REFUSE(r, pair.key, "%s: \"%.100s\" is there twice", r->path,
			                   pair.name);
	++*at;
	*ret = pair;
	return 1;
}

int yaml_read_keys(struct yaml_reader *r, const yaml_node_t *node, const struct yaml_key *keys,
                   size_t n_keys)
{
	const char *path = r->path, *names[KEYS_MAX];
	struct yaml_pair pair;
	size_t at = 0, which;
	int more;

	for (size_t i = 0; i < n_keys; i++)
		names[i] = keys[i].name;
	while ((more = yaml_next_pair(r, node, &at, &pair)) > 0) {
		if (yaml_take_choice(r, pair.key, names, n_keys, &which) < 0)
			return -EINVAL;
		if (yaml_is_null(pair.value))
			continue;
		r->path = path == root_name ? pair.name
		                            : arena_printf(r->arena, "%s.%s", path, pair.name);
		if (keys[which].read(r, pair.value, &keys[which]) < 0)
			return -EINVAL;
		r->path = path;
	}
	return more;
}

/* --- The document --- */

static int load(yaml_parser_t *parser, yaml_document_t *ret, struct webconfig_error *error)
{
	struct webconfig_place place;

	if (yaml_parser_load(parser, ret))
		return 0;
	if (parser->error == YAML_MEMORY_ERROR)
		abort();
	place = yaml_place(parser->error == YAML_READER_ERROR ? parser->mark
	                                                      : parser->problem_mark);
	return webconfig_refuse(error, place, "expected YAML: %s",
	                        parser->problem ? parser->problem : "it cannot be read");
}

/*
 * Loading takes libyaml the square of the depth: minutes for 256 KiB of brackets. What is deeper
 * than all that has a meaning is refused before; what else is wrong load() will say.
 */
static int check_depth(const char *text, size_t size, struct webconfig_error *error)
{
	yaml_parser_t parser;
	yaml_event_t event;
	bool is_over = false;
	int depth = 0, status = 0;

	if (!yaml_parser_initialize(&parser))
		abort();
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
	while (status == 0 && !is_over && yaml_parser_parse(&parser, &event)) {
		is_over = event.type == YAML_STREAM_END_EVENT;
		depth += event.type == YAML_SEQUENCE_START_EVENT ||
		         event.type == YAML_MAPPING_START_EVENT;
		depth -= event.type == YAML_SEQUENCE_END_EVENT ||
		         event.type == YAML_MAPPING_END_EVENT;
		if (depth > DEPTH_MAX)
			status = webconfig_refuse(error, yaml_place(event.start_mark),
			                          "expected at most %d levels", DEPTH_MAX);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return status;
}

int yaml_begin(struct yaml_reader *r, const char *text, size_t size, const yaml_node_t **ret_root)
{
	const yaml_node_t *root = NULL, *more;
	yaml_document_t second;
	yaml_parser_t parser;
	int status;

	r->path = root_name;
	status = check_depth(text, size, r->error);
	if (status < 0)
		return status;
	if (!yaml_parser_initialize(&parser))
		abort();
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
	status = load(&parser, &r->document, r->error);
	r->is_loaded = status == 0;
	if (status == 0) {
		root = yaml_document_get_root_node(&r->document);
		status = load(&parser, &second, r->error);
	}
	if (status == 0) {
		more = yaml_document_get_root_node(&second);
		if (more)
			status = YAML_REFUSE(r, more, "expected one document, not a second one");
		yaml_document_delete(&second);
	}
	yaml_parser_delete(&parser);
	if (status == 0)
		*ret_root = root && !yaml_is_null(root) ? root : NULL;
	return status;
}

void yaml_end(struct yaml_reader *r)
{
	if (r->is_loaded)
		yaml_document_delete(&r->document);
	r->is_loaded = false;
}
