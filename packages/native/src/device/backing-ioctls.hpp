// Files that the kernel is to read and write in the daemon's place (include/uapi/linux/fuse.h
// FUSE_DEV_IOC_BACKING_OPEN and FUSE_DEV_IOC_BACKING_CLOSE, of Linux 6.9).

#pragma once

#include "device/device-endpoint.hpp"

namespace fuseloop::device {

/**
 * @returns the backing id, from 1, or a negative errno: EPERM without CAP_SYS_ADMIN in the initial
 * user namespace or where INIT has not settled passthrough, ELOOP for a file on a filesystem that
 * is stacked too deep, EISDIR and EINVAL for what is no regular file
 */
int openBacking(DeviceEndpoint& device, int fd);
/** Opens that have the id keep the file. */
void closeBacking(DeviceEndpoint& device, int id);

}  // namespace fuseloop::device
