// SPDX-License-Identifier: Apache-2.0
/*
 * A trie of keys in PATRICIA's form: each node is a branch and a key in one. Unlike a hash table it
 * cannot be made slow by chosen keys. Nodes are part of what they are for, which owns the memory.
 */
#pragma once

#include "util.h"

/* The trie itself is a pointer to one, NULL at first. */
struct trie_node {
	const char *key; /* without NULs; must stay */
	size_t length;
	size_t bit; /* which one of a key decides here, from 1; 0: the first node */
	struct trie_node *children[2];
};

/*
 * The node of this key, or NULL with another in *ret_closest for trie_add(), which is NULL in an
 * empty trie.
 */
struct trie_node *trie_find(struct trie_node *head, const char *key, size_t length,
                            struct trie_node **ret_closest);

/* Add a node with key and length set; closest is what trie_find() gave for that key. */
void trie_add(struct trie_node **head, struct trie_node *node, struct trie_node *closest);
