// SPDX-License-Identifier: Apache-2.0
#include "lock.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/net.h>
#include <linux/seccomp.h>

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__i386__)
#define NATIVE_ARCH AUDIT_ARCH_I386
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#elif defined(__arm__)
#define NATIVE_ARCH AUDIT_ARCH_ARM
#elif defined(__riscv) && __riscv_xlen == 64
#define NATIVE_ARCH AUDIT_ARCH_RISCV64
#elif defined(__s390x__)
#define NATIVE_ARCH AUDIT_ARCH_S390X
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NATIVE_ARCH AUDIT_ARCH_PPC64LE
#else
#define NATIVE_ARCH 0
#endif

static const unsigned refused[] = {
	SYS_socket, SYS_execve,           SYS_execveat,
	SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev,
};

#ifdef SYS_socketcall
/* The first argument, an int, as the 64 bits that seccomp sees of it. */
enum {
	ARGUMENT = offsetof(struct seccomp_data, args[0]) +
	           (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? sizeof(uint32_t) : 0)
};
#endif

/*
 * The last instructions: all else is allowed. Where one call is the gate to all that sockets can
 * do, and C libraries send and accept through it, only the making of them is refused.
 */
static const struct sock_filter tail[] = {
#ifdef SYS_socketcall
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socketcall, 0, 3),
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_SOCKET, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
#endif
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

bool lock_away_files(void)
{
	/* The rights of Landlock's first version, which every later one has, too; no rule gives any
	 * of them back. */
	struct landlock_ruleset_attr attr = {
		.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
	};
	CLEANUP(cleanup_fd) int ruleset = -1;

	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	return ruleset >= 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
}

bool lock_away_calls(void)
{
	/* Another machine's calls (32-bit ones on a 64-bit kernel) have other numbers: none of them
	 * is ours. */
	struct sock_filter head[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		/* x32's calls pass for those of x86_64, with this bit in their numbers. */
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};
	struct sock_filter code[ARRAY_SIZE(head) + 2 * ARRAY_SIZE(refused) + ARRAY_SIZE(tail)];
	struct sock_fprog programme = { .len = ARRAY_SIZE(code), .filter = code };
	size_t n = 0;

	if (!NATIVE_ARCH)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(head); i++)
		code[n++] = head[i];
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		code[n++] =
			(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, refused[i], 0, 1);
		code[n++] =
			(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	}
	for (size_t i = 0; i < ARRAY_SIZE(tail); i++)
		code[n++] = tail[i];
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &programme, 0, 0) == 0;
}
