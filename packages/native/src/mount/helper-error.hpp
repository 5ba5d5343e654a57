// The exception for a fusermount3 that ran and refused.
// A helper that could not be run at all is a plain SystemError.
#pragma once

#include <string>

#include "base/system-error.hpp"

namespace fuseloop::mount {

// errnum is the errno whose text ends what the helper wrote ("...: Permission denied"), EINVAL for
// an unknown option, EACCES for a mountpoint it may not write, else EPERM.
class HelperError : public base::SystemError {
 public:
  HelperError(const std::string& mountpoint, const std::string& helperText);
};

}  // namespace fuseloop::mount
