#include "posix/file-calls.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace fuseloop::posix {

int64_t preadFd(int fd, Bytes buffer, int64_t position) {
  return resultOf(::pread(fd, buffer.data(), buffer.size(), position));
}

int64_t pwriteFd(int fd, Bytes buffer, int64_t position) {
  return resultOf(::pwrite(fd, buffer.data(), buffer.size(), position));
}

int64_t truncateFd(int fd, int64_t length) { return resultOf(::ftruncate(fd, length)); }

int64_t seekFd(int fd, int64_t offset, int whence) { return resultOf(::lseek(fd, offset, whence)); }

int64_t fallocateFd(int fd, int mode, int64_t offset, int64_t length) {
  return resultOf(::fallocate(fd, mode, offset, length));
}

int64_t copyFileRange(int from, int64_t fromOffset, int to, int64_t toOffset, int64_t length) {
  if (length < 0) return -EINVAL;
  off64_t source = fromOffset;
  off64_t target = toOffset;
  return resultOf(::copy_file_range(from, &source, to, &target, static_cast<size_t>(length), 0));
}

int64_t syncFd(int fd) { return resultOf(::fsync(fd)); }

int64_t syncDataFd(int fd) { return resultOf(::fdatasync(fd)); }

int64_t syncFilesystem(int fd) { return resultOf(::syncfs(fd)); }

int64_t getDents(int fd, Bytes records) {
  return resultOf(::syscall(SYS_getdents64, fd, records.data(), records.size()));
}

int64_t flockFd(int fd, int operation) { return resultOf(::flock(fd, operation)); }

int64_t ofdLock(int fd, int command, int type, int64_t start, int64_t length, Bytes conflict) {
  constexpr std::array<int, 3> kCommands{F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW};
  if (command < 0 || command > 2) return -EINVAL;
  struct flock lock {};
  lock.l_type = static_cast<short>(type);
  lock.l_whence = SEEK_SET;
  lock.l_start = start;
  lock.l_len = length;
  if (::fcntl(fd, kCommands.at(static_cast<size_t>(command)), &lock) != 0) return -errno;
  if (command != 0) return 0;
  const std::array<int64_t, 3> words{lock.l_type, lock.l_start, lock.l_len};
  if (conflict.size() < sizeof words) return -EINVAL;
  std::memcpy(conflict.data(), words.data(), sizeof words);
  return 0;
}

int64_t ioctlFd(int fd, uint32_t request, Bytes data) {
  return resultOf(::ioctl(fd, static_cast<unsigned long>(request), data.data()));
}

}  // namespace fuseloop::posix
