// A failed system call as an exception with the fields of a Node.js system error (code, errno,
// syscall, path). napi/ turns it into a JavaScript Error; nothing below napi/ formats errors in
// another way.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace fuseloop::base {

class SystemError : public std::runtime_error {
 public:
  // `detail` is appended to the message when the errno alone does not say what to do about it.
  SystemError(int errnum, std::string_view syscall, std::string_view path = {},
              std::string_view detail = {});

  // Public, as they are a plain record of what failed.
  int errnum;
  std::string syscall;
  std::string path;
};

// Throws SystemError for the calling thread's errno.
[[noreturn]] void throwErrno(std::string_view syscall, std::string_view path = {});

// "ENOENT" for 2; "E<number>" for a value Linux has no name for.
[[nodiscard]] std::string errnoName(int errnum);

// "no such file or directory" for ENOENT: the C library's text, first letter lowered as Node.js
// does.
[[nodiscard]] std::string errnoText(int errnum);

}  // namespace fuseloop::base
