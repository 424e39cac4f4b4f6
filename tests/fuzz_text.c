// SPDX-License-Identifier: Apache-2.0
/* Fields of any bytes, each read as every kind of number; a double is written and reread. */
#include <string.h>

#include "number.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = memcpy(xcalloc(1, size + 1), size ? (const void *)data : "", size);
	char *rest = copy, *line, *part, *field, text[NUMBER_TEXT_MAX + 1];
	double value, again;
	uint64_t u, any;

	while (utf8_prefix(copy, size) <= size && (line = next_line(&rest))) {
		while ((part = next_part(&line, ',')) && (field = next_field(&part))) {
			if (!parse_hex(trim(field), &u) && !parse_u64_any(field, &any) && u < any)
				abort(); /* hexadecimal digits count most */
			if (parse_double(field, &value) < 0 ||
			    parse_i64(field, &(int64_t){ 0 }) > 0)
				continue;
			text[number_format(value, text)] = '\0';
			if (parse_double(text, &again) < 0 || (again != value && value == value))
				abort();
		}
	}
	free(copy);
	return 0;
}
