// What docs/protocol.md says of opcodes beyond what the operation table knows: the reply's body, what a client gets
// where nobody serves it, and the protocol minor that brought it. Facts: fs/fuse, include/uapi/linux/fuse.h.

/** Older than Linux 5.4. */
const OLD = 31
const ATTR = 'attr_out'
const ENTRY = 'entry_out'
const SUCCESS = 'success, not asked again'
const LOCKS = "the session's own locks; not sent without POSIX_LOCKS or FLOCK_LOCKS"
const UNSUPPORTED = 'EOPNOTSUPP, not asked again'

/** By name: reply, what the client gets when the handlers lack the method, minimum minor. */
export const OPCODE_NOTES = {
  LOOKUP: [ENTRY, 'ENOSYS', OLD],
  FORGET: ['none', 'counted by the reader', OLD],
  GETATTR: [ATTR, 'ENOSYS', OLD],
  SETATTR: [ATTR, 'ENOSYS', OLD],
  READLINK: ['target', 'ENOSYS', OLD],
  SYMLINK: [ENTRY, 'ENOSYS', OLD],
  MKNOD: [ENTRY, 'ENOSYS', OLD],
  MKDIR: [ENTRY, 'ENOSYS', OLD],
  UNLINK: ['empty', 'ENOSYS', OLD],
  RMDIR: ['empty', 'ENOSYS', OLD],
  RENAME: ['empty', 'ENOSYS', OLD],
  LINK: [ENTRY, 'ENOSYS; EPERM from Linux 7 on', OLD],
  OPEN: ['open_out', 'opened, handle 0', OLD],
  READ: ['data', 'ENOSYS', OLD],
  WRITE: ['write_out', 'ENOSYS', OLD],
  STATFS: ['statfs_out', 'figures of 0', OLD],
  RELEASE: ['empty', 'handle freed', OLD],
  FSYNC: ['empty', SUCCESS, OLD],
  SETXATTR: ['empty', UNSUPPORTED, OLD],
  GETXATTR: ['getxattr_out or value', UNSUPPORTED, OLD],
  LISTXATTR: ['getxattr_out or names', UNSUPPORTED, OLD],
  REMOVEXATTR: ['empty', UNSUPPORTED, OLD],
  FLUSH: ['empty', SUCCESS, OLD],
  INIT: ['init_out', 'answered by the session', OLD],
  OPENDIR: ['open_out', 'opened, handle 0', OLD],
  READDIR: ['dirent records', 'ENOSYS', OLD],
  RELEASEDIR: ['empty', 'handle freed', OLD],
  FSYNCDIR: ['empty', SUCCESS, OLD],
  GETLK: ['lk_out', LOCKS, OLD],
  SETLK: ['empty', LOCKS, OLD],
  SETLKW: ['empty', LOCKS, OLD],
  ACCESS: ['empty', 'allowed, not asked again; not sent with default_permissions', OLD],
  CREATE: ['entry_out, open_out', 'MKNOD and OPEN instead', OLD],
  INTERRUPT: ['none', 'acted on by the reader', OLD],
  BMAP: ['bmap_out', 'block 0; sent on fuseblk mounts only', OLD],
  DESTROY: ['empty', 'answered by the reader; sent on fuseblk mounts only', OLD],
  IOCTL: ['ioctl_out, data', 'ENOTTY', OLD],
  POLL: ['poll_out', 'always ready, not asked again', OLD],
  NOTIFY_REPLY: ['none', 'taken by whoever retrieves', OLD],
  BATCH_FORGET: ['none', 'counted by the reader', OLD],
  FALLOCATE: ['empty', UNSUPPORTED, OLD],
  READDIRPLUS: ['direntplus records', 'READDIR instead', OLD],
  RENAME2: ['empty', 'EINVAL, not asked again', OLD],
  LSEEK: ['lseek_out', "the kernel's own: no holes", OLD],
  COPY_FILE_RANGE: ['write_out', 'copied by READ and WRITE', OLD],
  SETUPMAPPING: ['empty', 'ENOSYS; DAX is virtiofs only', OLD],
  REMOVEMAPPING: ['empty', 'ENOSYS; DAX is virtiofs only', OLD],
  SYNCFS: ['empty', `${SUCCESS}; sent on fuseblk mounts only`, 34],
  TMPFILE: ['entry_out, open_out', UNSUPPORTED, 37],
  STATX: ['statx_out', 'GETATTR instead', 39],
  COPY_FILE_RANGE_64: ['copy_file_range_out', 'COPY_FILE_RANGE instead', 45],
}

/** Not on /dev/fuse. */
export const OTHER_DEVICES = ['CUSE_INIT']
