// SPDX-License-Identifier: Apache-2.0
/*
 * hangfuse DIRECTORY [--answer]: mount a file system there that never answers. It greets the
 * kernel, then takes each request and keeps silent, so that who asks waits in the kernel, deaf to
 * SIGKILL, until this process ends. Prints "mounted" and waits. See
 * linux/Documentation/filesystems/fuse.rst and linux/fuse.h for the protocol.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include <linux/fuse.h>

static int greet(int fd, const struct fuse_in_header *in)
{
	struct {
		struct fuse_out_header head;
		struct fuse_init_out init;
	} out = {
		.head = { .len = sizeof(out), .unique = in->unique },
		.init = { .major = FUSE_KERNEL_VERSION,
		          .minor = FUSE_KERNEL_MINOR_VERSION,
		          .max_readahead = 4096,
		          .max_write = 4096 },
	};

	return write(fd, &out, sizeof(out)) == (ssize_t)sizeof(out) ? 0 : -errno;
}

/* A file system of 1,000 blocks, and nothing to be done with it. */
static int answer(int fd, const struct fuse_in_header *in)
{
	struct {
		struct fuse_out_header head;
		struct fuse_statfs_out statfs;
	} out = {
		.head = { .len = sizeof(out), .unique = in->unique },
		.statfs = { .st = { .blocks = 1000, .bfree = 500, .bavail = 500, .bsize = 4096 } },
	};

	if (in->opcode != FUSE_STATFS) {
		out.head.len = sizeof(out.head);
		out.head.error = -ENOSYS;
	}
	return write(fd, &out, out.head.len) == (ssize_t)out.head.len ? 0 : -errno;
}

int main(int argc, char **argv)
{
	static char request[1 << 17];
	const struct fuse_in_header *in = (const void *)request;
	char options[128];
	int fd;
	bool answers = argc == 3 && strcmp(argv[2], "--answer") == 0;

	if (argc != 2 && !answers) {
		fprintf(stderr, "usage: hangfuse DIRECTORY [--answer]\n");
		return 2;
	}
	fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		perror("hangfuse: /dev/fuse");
		return 1;
	}
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=%u,group_id=%u", fd,
	         (unsigned)getuid(), (unsigned)getgid());
	if (mount("hangfuse", argv[1], "fuse", MS_NOSUID | MS_NODEV, options) < 0) {
		perror("hangfuse: mount");
		return 1;
	}
	puts("mounted");
	fflush(stdout);
	for (;;) {
		ssize_t n = read(fd, request, sizeof(request));

		if (n < 0 && errno == ENODEV)
			return 0;
		if (n < (ssize_t)sizeof(*in))
			continue;
		if (in->opcode != FUSE_INIT) {
			/* Who has gone meanwhile wants no answer. */
			if (answers)
				(void)answer(fd, in);
			continue;
		}
		if (greet(fd, in) < 0) {
			perror("hangfuse: answer to FUSE_INIT");
			return 1;
		}
	}
}
