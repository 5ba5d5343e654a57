// Numbers that the kernel tells of an open descriptor, proc(5) /proc/pid/fdinfo.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace fuseloop::mount {

// The field's value, such as "mnt_id" or, of /dev/fuse with newer kernels, "fuse_connection";
// nothing when there is no such field. Throws SystemError when /proc is not there.
[[nodiscard]] std::optional<std::uint64_t> readDescriptorInfo(int descriptor,
                                                              std::string_view name);

}  // namespace fuseloop::mount
