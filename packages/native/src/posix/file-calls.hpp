// System calls on open files and directories. Offsets and lengths have 63 bits.

#pragma once

#include "posix/arguments.hpp"

namespace fuseloop::posix {

int64_t preadFd(int fd, Bytes buffer, int64_t position);
int64_t pwriteFd(int fd, Bytes buffer, int64_t position);
int64_t truncateFd(int fd, int64_t length);
/** The new position. */
int64_t seekFd(int fd, int64_t offset, int whence);
int64_t fallocateFd(int fd, int mode, int64_t offset, int64_t length);
int64_t copyFileRange(int from, int64_t fromOffset, int to, int64_t toOffset, int64_t length);
int64_t syncFd(int fd);
int64_t syncDataFd(int fd);
int64_t syncFilesystem(int fd);
/** Fills `records` with struct linux_dirent64 (getdents(2)); 0 at the end. */
int64_t getDents(int fd, Bytes records);
int64_t flockFd(int fd, int operation);
/**
 * A lock of the open file description (fcntl(2) F_OFD_*). `command`: 0 tests, 1 sets or fails with
 * EAGAIN, 2 sets and waits. `length` 0 means to the end. A test writes type, start and length
 * (64-bit words) of a lock in the way into `conflict`, or F_UNLCK.
 */
int64_t ofdLock(int fd, int command, int type, int64_t start, int64_t length, Bytes conflict);
/** `data` is what the request's argument points at. */
int64_t ioctlFd(int fd, uint32_t request, Bytes data);

}  // namespace fuseloop::posix
