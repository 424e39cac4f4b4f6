// SPDX-License-Identifier: Apache-2.0
#include "trie.h"

#include <string.h>

static unsigned bit_of(const char *key, size_t length, size_t bit)
{
	size_t byte = (bit - 1) / 8;

	return byte < length ? ((unsigned char)key[byte] >> (7 - (bit - 1) % 8)) & 1 : 0;
}

struct trie_node *trie_find(struct trie_node *head, const char *key, size_t length,
                            struct trie_node **ret_closest)
{
	struct trie_node *above = head, *node;

	*ret_closest = NULL;
	if (!head)
		return NULL;
	node = head->children[0];
	/* A link that does not lead to a greater bit leads to a key. */
	while (node->bit > above->bit) {
		above = node;
		node = node->children[bit_of(key, length, node->bit)];
	}
	if (node->length == length && !memcmp(node->key, key, length))
		return node;
	*ret_closest = node;
	return NULL;
}

/* The first bit in which two different keys differ. */
static size_t differing_bit(const struct trie_node *a, const struct trie_node *b)
{
	size_t byte = 0, bit;

	while (byte < a->length && byte < b->length && a->key[byte] == b->key[byte])
		byte++;
	bit = byte * 8 + 1;
	while (bit_of(a->key, a->length, bit) == bit_of(b->key, b->length, bit))
		bit++;
	return bit;
}

void trie_add(struct trie_node **head, struct trie_node *node, struct trie_node *closest)
{
	struct trie_node *above = *head, *below;
	unsigned side;

	if (!above) {
		node->bit = 0;
		node->children[0] = node->children[1] = node;
		*head = node;
		return;
	}
	node->bit = differing_bit(node, closest);
	below = above->children[0];
	side = 0;
	while (below->bit > above->bit && below->bit < node->bit) {
		above = below;
		side = bit_of(node->key, node->length, above->bit);
		below = above->children[side];
	}
	above->children[side] = node;
	side = bit_of(node->key, node->length, node->bit);
	node->children[side] = node;
	node->children[1 - side] = below;
}
