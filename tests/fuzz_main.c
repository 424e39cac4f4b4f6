// SPDX-License-Identifier: Apache-2.0
/* In place of libFuzzer: gives every file named on the command line, or below, to the target. */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>

#include "util.h"

enum { OPEN_DIRS_MAX = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	unsigned long n_inputs;
} self;

static int replay(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	size_t size = (size_t)st->st_size;
	uint8_t *data;
	FILE *file;

	(void)where;
	if (kind == FTW_D)
		return 0;
	file = fopen(path, "rb");
	if (!file) {
		(void)fprintf(stderr, "%s: %s\n", path, error_text(errno));
		return 1;
	}
	data = xmalloc(size);
	size = fread(data, 1, size, file);
	(void)fclose(file); /* was only read */
	(void)LLVMFuzzerTestOneInput(data, size);
	free(data);
	self.n_inputs++;
	return 0;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		int r = nftw(argv[i], replay, OPEN_DIRS_MAX, 0);

		if (r < 0)
			(void)fprintf(stderr, "%s: %s\n", argv[i], error_text(errno));
		if (r != 0)
			return EXIT_FAILURE;
	}
	(void)printf("%lu inputs replayed\n", self.n_inputs);
	return self.n_inputs ? EXIT_SUCCESS : EXIT_FAILURE;
}
