// System calls on (directory, name). Every descriptor they return is close-on-exec.

#pragma once

#include "posix/arguments.hpp"

namespace fuseloop::posix {

int64_t openAt(int directory, const Name& name, int flags, uint32_t mode);
/** openat2(2); `resolve`: RESOLVE_*. */
int64_t openAt2(int directory, const Name& name, int flags, uint32_t resolve);
int64_t closeFd(int fd);
/** Fills `status` with the kernel's struct statx, 256 bytes (include/uapi/linux/stat.h). */
int64_t statX(int directory, const Name& name, int flags, uint32_t mask, Bytes status);
int64_t renameAt2(int directory, const Name& name, int newDirectory, const Name& newName,
                  uint32_t flags);
int64_t linkAt(int directory, const Name& name, int newDirectory, const Name& newName, int flags);
int64_t unlinkAt(int directory, const Name& name, int flags);
int64_t mkdirAt(int directory, const Name& name, uint32_t mode);
/** `device` in the kernel's 32-bit encoding. */
int64_t mknodAt(int directory, const Name& name, uint32_t mode, uint32_t device);
int64_t symlinkAt(const Name& target, int directory, const Name& name);
/** The length of the target, cut to `target`. */
int64_t readlinkAt(int directory, const Name& name, Bytes target);
int64_t accessAt(int directory, const Name& name, int mode, int flags);
/**
 * Writes the handle's type (4 bytes, native order) and bytes into `handle`, the mount's id into
 * `mountId` (4 bytes).
 * @returns the length of type and bytes; -EOVERFLOW when they do not fit
 */
int64_t nameToHandleAt(int directory, const Name& name, int flags, Bytes handle, Bytes mountId);
/** `handle` as nameToHandleAt() wrote it. `mountFd` must not be O_PATH (fs/fhandle.c
 * get_path_anchor()). */
int64_t openByHandleAt(int mountFd, Bytes handle, int flags);

}  // namespace fuseloop::posix
