// System calls on what describes a file: mode, owner, times, extended attributes, the filesystem's
// figures.

#pragma once

#include "posix/arguments.hpp"

namespace fuseloop::posix {

int64_t chmodAt(int directory, const Name& name, uint32_t mode);
int64_t chmodFd(int fd, uint32_t mode);
/** An id of 2^32-1 stays as it is. */
int64_t chownAt(int directory, const Name& name, uint32_t uid, uint32_t gid, int flags);
/** Seconds and nanoseconds (or UTIME_NOW, UTIME_OMIT) of access and modification. */
int64_t utimensAt(int directory, const Name& name, int64_t atimeSeconds, uint32_t atimeNanoseconds,
                  int64_t mtimeSeconds, uint32_t mtimeNanoseconds, int flags);
/** Of a path, following links, and of a descriptor. An empty `value` asks for the size. */
int64_t getXattr(const Name& path, const Name& name, Bytes value);
int64_t getXattrFd(int fd, const Name& name, Bytes value);
int64_t setXattr(const Name& path, const Name& name, Bytes value, int flags);
int64_t setXattrFd(int fd, const Name& name, Bytes value, int flags);
int64_t listXattr(const Name& path, Bytes names);
int64_t listXattrFd(int fd, Bytes names);
int64_t removeXattr(const Name& path, const Name& name);
int64_t removeXattrFd(int fd, const Name& name);
/** Eleven 64-bit words into `figures`: type, bsize, blocks, bfree, bavail, files, ffree, frsize,
 * namelen, flags, fsid. */
int64_t statfsFd(int fd, Bytes figures);

}  // namespace fuseloop::posix
