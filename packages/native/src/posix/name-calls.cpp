#include "posix/name-calls.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>

namespace fuseloop::posix {

namespace {

/** include/linux/kdev_t.h new_decode_dev() */
dev_t decodeDevice(uint32_t device) {
  return makedev((device & 0xfff00U) >> 8U, (device & 0xffU) | ((device >> 12U) & 0xfff00U));
}

constexpr size_t kTypeLength = sizeof(int);

/** struct file_handle with room for every handle (MAX_HANDLE_SZ, include/uapi/linux/fcntl.h). */
struct HandleRoom {
  alignas(file_handle) std::array<uint8_t, sizeof(file_handle) + MAX_HANDLE_SZ> bytes{};
  file_handle* get() { return reinterpret_cast<file_handle*>(bytes.data()); }
};

}  // namespace

int64_t openAt(int directory, const Name& name, int flags, uint32_t mode) {
  return resultOf(::openat(directory, name.get(), flags | O_CLOEXEC, mode));
}

int64_t openAt2(int directory, const Name& name, int flags, uint32_t resolve) {
  open_how how{};
  how.flags = static_cast<uint32_t>(flags | O_CLOEXEC);
  how.resolve = resolve;
  return resultOf(::syscall(SYS_openat2, directory, name.get(), &how, sizeof how));
}

int64_t closeFd(int fd) { return resultOf(::close(fd)); }

int64_t statX(int directory, const Name& name, int flags, uint32_t mask, Bytes status) {
  if (status.size() < sizeof(struct statx)) return -EINVAL;
  return resultOf(
      ::statx(directory, name.get(), flags, mask, reinterpret_cast<struct statx*>(status.data())));
}

int64_t renameAt2(int directory, const Name& name, int newDirectory, const Name& newName,
                  uint32_t flags) {
  return resultOf(
      ::syscall(SYS_renameat2, directory, name.get(), newDirectory, newName.get(), flags));
}

int64_t linkAt(int directory, const Name& name, int newDirectory, const Name& newName, int flags) {
  return resultOf(::linkat(directory, name.get(), newDirectory, newName.get(), flags));
}

int64_t unlinkAt(int directory, const Name& name, int flags) {
  return resultOf(::unlinkat(directory, name.get(), flags));
}

int64_t mkdirAt(int directory, const Name& name, uint32_t mode) {
  return resultOf(::mkdirat(directory, name.get(), mode));
}

int64_t mknodAt(int directory, const Name& name, uint32_t mode, uint32_t device) {
  return resultOf(::mknodat(directory, name.get(), mode, decodeDevice(device)));
}

int64_t symlinkAt(const Name& target, int directory, const Name& name) {
  return resultOf(::symlinkat(target.get(), directory, name.get()));
}

int64_t readlinkAt(int directory, const Name& name, Bytes target) {
  return resultOf(
      ::readlinkat(directory, name.get(), reinterpret_cast<char*>(target.data()), target.size()));
}

int64_t accessAt(int directory, const Name& name, int mode, int flags) {
  // The library's faccessat(3) imitates flags in user space where the kernel knows no
  // faccessat2(2).
  return resultOf(::faccessat(directory, name.get(), mode, flags));
}

int64_t nameToHandleAt(int directory, const Name& name, int flags, Bytes handle, Bytes mountId) {
  HandleRoom room;
  room.get()->handle_bytes = MAX_HANDLE_SZ;
  int mount = 0;
  if (::name_to_handle_at(directory, name.get(), room.get(), &mount, flags) != 0) return -errno;
  const size_t length = room.get()->handle_bytes;
  if (handle.size() < kTypeLength + length || mountId.size() < sizeof mount) return -EOVERFLOW;
  std::memcpy(handle.data(), &room.get()->handle_type, kTypeLength);
  std::memcpy(handle.data() + kTypeLength, room.get()->f_handle, length);
  std::memcpy(mountId.data(), &mount, sizeof mount);
  return static_cast<int64_t>(kTypeLength + length);
}

int64_t openByHandleAt(int mountFd, Bytes handle, int flags) {
  if (handle.size() < kTypeLength || handle.size() > kTypeLength + MAX_HANDLE_SZ) return -EINVAL;
  HandleRoom room;
  const size_t length = handle.size() - kTypeLength;
  room.get()->handle_bytes = static_cast<unsigned>(length);
  std::memcpy(&room.get()->handle_type, handle.data(), kTypeLength);
  std::memcpy(room.get()->f_handle, handle.data() + kTypeLength, length);
  return resultOf(::open_by_handle_at(mountFd, room.get(), flags | O_CLOEXEC));
}

}  // namespace fuseloop::posix
