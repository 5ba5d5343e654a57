#include "posix/attribute-calls.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace fuseloop::posix {

int64_t chmodAt(int directory, const Name& name, uint32_t mode) {
  return resultOf(::fchmodat(directory, name.get(), mode, 0));
}

int64_t chmodFd(int fd, uint32_t mode) { return resultOf(::fchmod(fd, mode)); }

int64_t chownAt(int directory, const Name& name, uint32_t uid, uint32_t gid, int flags) {
  return resultOf(::fchownat(directory, name.get(), uid, gid, flags));
}

int64_t utimensAt(int directory, const Name& name, int64_t atimeSeconds, uint32_t atimeNanoseconds,
                  int64_t mtimeSeconds, uint32_t mtimeNanoseconds, int flags) {
  const std::array<timespec, 2> times{
      timespec{static_cast<time_t>(atimeSeconds), static_cast<long>(atimeNanoseconds)},
      timespec{static_cast<time_t>(mtimeSeconds), static_cast<long>(mtimeNanoseconds)}};
  return resultOf(::utimensat(directory, name.get(), times.data(), flags));
}

int64_t getXattr(const Name& path, const Name& name, Bytes value) {
  return resultOf(::getxattr(path.get(), name.get(), value.data(), value.size()));
}

int64_t getXattrFd(int fd, const Name& name, Bytes value) {
  return resultOf(::fgetxattr(fd, name.get(), value.data(), value.size()));
}

int64_t setXattr(const Name& path, const Name& name, Bytes value, int flags) {
  return resultOf(::setxattr(path.get(), name.get(), value.data(), value.size(), flags));
}

int64_t setXattrFd(int fd, const Name& name, Bytes value, int flags) {
  return resultOf(::fsetxattr(fd, name.get(), value.data(), value.size(), flags));
}

int64_t listXattr(const Name& path, Bytes names) {
  return resultOf(::listxattr(path.get(), reinterpret_cast<char*>(names.data()), names.size()));
}

int64_t listXattrFd(int fd, Bytes names) {
  return resultOf(::flistxattr(fd, reinterpret_cast<char*>(names.data()), names.size()));
}

int64_t removeXattr(const Name& path, const Name& name) {
  return resultOf(::removexattr(path.get(), name.get()));
}

int64_t removeXattrFd(int fd, const Name& name) { return resultOf(::fremovexattr(fd, name.get())); }

int64_t statfsFd(int fd, Bytes figures) {
  struct statfs found {};
  if (::fstatfs(fd, &found) != 0) return -errno;
  uint64_t id = 0;
  std::memcpy(&id, &found.f_fsid, sizeof id);
  const auto word = [](auto value) { return static_cast<uint64_t>(value); };
  const std::array<uint64_t, 11> words{word(found.f_type),
                                       word(found.f_bsize),
                                       word(found.f_blocks),
                                       word(found.f_bfree),
                                       word(found.f_bavail),
                                       word(found.f_files),
                                       word(found.f_ffree),
                                       word(found.f_frsize),
                                       word(found.f_namelen),
                                       word(found.f_flags),
                                       id};
  if (figures.size() < sizeof words) return -EINVAL;
  std::memcpy(figures.data(), words.data(), sizeof words);
  return 0;
}

}  // namespace fuseloop::posix
