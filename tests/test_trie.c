// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "trie.h"

enum { KEYS = 5000 };

static struct {
	struct trie_node nodes[KEYS];
	char keys[KEYS][24];
} self;

static void add(struct trie_node **head, struct trie_node *node, const char *key, size_t length)
{
	struct trie_node *closest = node;

	assert_null(trie_find(*head, key, length, &closest));
	*node = (struct trie_node){ .key = key, .length = length };
	trie_add(head, node, closest);
	assert_ptr_equal(trie_find(*head, key, length, &closest), node);
}

static void beginnings_of_keys_are_keys_too(void **state)
{
	static const char longest[] = "node_cpu_seconds_total\xff\x80\x01";
	struct trie_node *head = NULL, *closest;
	size_t n = sizeof(longest);

	(void)state;
	/* From the middle to both ends, the empty key among them. */
	for (size_t i = 0; i < n; i++) {
		size_t length = i % 2 ? n / 2 - (i + 1) / 2 : n / 2 + i / 2;

		add(&head, &self.nodes[i], longest, length);
	}
	for (size_t i = 0; i < n; i++)
		assert_non_null(trie_find(head, longest, i, &closest));
	assert_null(trie_find(head, "node_cpu_minutes", 16, &closest));
	assert_non_null(closest);
}

static void many_keys_are_told_apart(void **state)
{
	struct trie_node *head = NULL, *closest;

	(void)state;
	assert_null(trie_find(NULL, "a", 1, &closest));
	assert_null(closest);
	for (unsigned i = 0; i < KEYS; i++) {
		/* In an order that is neither theirs nor its opposite. */
		unsigned number = i * 2741 % KEYS;
		int length = snprintf(self.keys[i], sizeof(self.keys[i]), "metric_%u", number);

		add(&head, &self.nodes[i], self.keys[i], (size_t)length);
	}
	for (unsigned i = 0; i < KEYS; i++) {
		size_t length = strlen(self.keys[i]);

		assert_ptr_equal(trie_find(head, self.keys[i], length, &closest), &self.nodes[i]);
	}
	assert_null(trie_find(head, "metric_", strlen("metric_"), &closest));
	assert_null(trie_find(head, "metric_5000", strlen("metric_5000"), &closest));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(beginnings_of_keys_are_keys_too),
		cmocka_unit_test(many_keys_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
