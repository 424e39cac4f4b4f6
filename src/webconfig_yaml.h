// SPDX-License-Identifier: Apache-2.0
/* YAML read strictly against tables of keys: what webconfig_schema.c is made of. */
#pragma once

#include <yaml.h>

#include "webconfig.h"

struct yaml_reader {
	yaml_document_t document;
	bool is_loaded;
	struct arena *arena; /* of all results */
	void *target;        /* the structure that keys' offsets are in */
	const char *path;    /* what is being read, for messages: "tls_server_config.key" */
	struct webconfig_error *error;
};

/* A key that a mapping may have, how its value is read, and where that goes. */
struct yaml_key {
	const char *name;
	int (*read)(struct yaml_reader *r, const yaml_node_t *node, const struct yaml_key *key);
	size_t offset;
};

/* Fill r->error for what stands at node; -EINVAL. */
#define YAML_REFUSE(r, node, ...) \
	webconfig_refuse((r)->error, yaml_place((node)->start_mark), __VA_ARGS__)

struct webconfig_place yaml_place(yaml_mark_t mark);

/*
 * Begin with the one document of a text: ret_root is its root, NULL where it is empty or null. 0,
 * or -EINVAL with r->error for what is no YAML or more than one document. yaml_end() undoes it in
 * both cases.
 */
int yaml_begin(struct yaml_reader *r, const char *text, size_t size, const yaml_node_t **ret_root)
	MUST_CHECK;
void yaml_end(struct yaml_reader *r);

/*
 * Read a mapping by its table of keys: others, and those that are there twice, are errors, null is
 * passed over. 0, or -EINVAL with r->error.
 */
int yaml_read_keys(struct yaml_reader *r, const yaml_node_t *node, const struct yaml_key *keys,
                   size_t n_keys) MUST_CHECK;

/* Where a key's value goes. */
void *yaml_target(struct yaml_reader *r, const struct yaml_key *key);

/*
 * The pairs of a mapping whose keys are free, one call each with *at beginning at 0: 1, 0 after the
 * last one, or -EINVAL with r->error, also where a key is there twice.
 */
struct yaml_pair {
	const char *name; /* copied */
	const yaml_node_t *key;
	const yaml_node_t *value;
};
int yaml_next_pair(struct yaml_reader *r, const yaml_node_t *node, size_t *at,
                   struct yaml_pair *ret) MUST_CHECK;

/* A single value as a copied text ("12" and "true", too), or all texts of a list. NULL with
 * r->error where it is none. */
const char *yaml_take_text(struct yaml_reader *r, const yaml_node_t *node);
const char **yaml_take_list(struct yaml_reader *r, const yaml_node_t *node, size_t *ret_count);

/*
 * A single value, or each item of a list, as an index into names. 0, or -EINVAL with r->error that
 * lists them. yaml_take_choices() allocates one for each item.
 */
int yaml_take_choice(struct yaml_reader *r, const yaml_node_t *node, const char *const *names,
                     size_t n_names, size_t *ret) MUST_CHECK;
int yaml_take_choices(struct yaml_reader *r, const yaml_node_t *node, const char *const *names,
                      size_t n_names, size_t **ret, size_t *ret_count) MUST_CHECK;

bool yaml_is_null(const yaml_node_t *node);

/* true or false in any of YAML 1.1's words, into a bool at the key's target. */
int yaml_read_bool(struct yaml_reader *r, const yaml_node_t *node, const struct yaml_key *key);
