// SPDX-License-Identifier: Apache-2.0
/* What is said of this build in upstream's words: in --version and node_exporter_build_info. */
#pragma once

#if defined(__x86_64__)
#define GOARCH "amd64"
#elif defined(__i386__)
#define GOARCH "386"
#elif defined(__aarch64__)
#define GOARCH "arm64"
#elif defined(__arm__)
#define GOARCH "arm"
#elif defined(__riscv)
#define GOARCH "riscv64"
#elif defined(__s390x__)
#define GOARCH "s390x"
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define GOARCH "ppc64le"
#else
#define GOARCH "unknown"
#endif

/* What upstream's releases have for a branch; there is no revision of theirs in this. */
#define BUILD_BRANCH "HEAD"
#define BUILD_REVISION "unknown"
#define BUILD_TAGS "unknown"
