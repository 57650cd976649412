// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/vfs.h>

// <sys/vfs.h> is not part of Swift's Glibc module. 0 where the system does not say.
static inline unsigned int cs_filesystem_type(const char *path) {
    struct statfs info;
    return statfs(path, &info) == 0 ? (unsigned int)info.f_type : 0;
}
