// Small flag words of requests: what the kernel says besides the numbers
// (include/uapi/linux/fuse.h).

/** setattr_in.valid: which fields are to be changed; the others are undefined. */
export const SetattrValid = {
  MODE: 0x1,
  UID: 0x2,
  GID: 0x4,
  SIZE: 0x8,
  ATIME: 0x10,
  MTIME: 0x20,
  FH: 0x40,
  ATIME_NOW: 0x80,
  MTIME_NOW: 0x100,
  LOCKOWNER: 0x200,
  CTIME: 0x400,
  KILL_SUIDGID: 0x800,
} as const

/** getattr_in.getattr_flags, statx_in.getattr_flags. FH: the fh field is valid. */
export const GetattrFlag = { FH: 0x1 } as const

/** open_in.open_flags, create_in.open_flags. */
export const OpenFlag = { KILL_SUIDGID: 0x1 } as const

/** read_in.read_flags. LOCKOWNER: lock_owner is valid. */
export const ReadFlag = { LOCKOWNER: 0x2 } as const

/** write_in.write_flags. CACHE: written back from the page cache, fh and ids may be another user's. */
export const WriteFlag = { CACHE: 0x1, LOCKOWNER: 0x2, KILL_SUIDGID: 0x4 } as const

/** release_in.release_flags. */
export const ReleaseFlag = { FLUSH: 0x1, FLOCK_UNLOCK: 0x2 } as const

/** lk_in.lk_flags. */
export const LkFlag = { FLOCK: 0x1 } as const

/** fsync_in.fsync_flags. */
export const FsyncFlag = { FDATASYNC: 0x1 } as const

/** rename2_in.flags, as renameat2(2). */
export const RenameFlag = { NOREPLACE: 0x1, EXCHANGE: 0x2, WHITEOUT: 0x4 } as const

/** access_in.mask, as access(2). */
export const AccessMask = { EXECUTE: 0x1, WRITE: 0x2, READ: 0x4 } as const

/** setxattr_in.flags, as setxattr(2): the attribute must not exist, or must. */
export const XattrFlag = { CREATE: 0x1, REPLACE: 0x2 } as const

/** setxattr_in.setxattr_flags. ACL_KILL_SGID: the set-group-id bit goes with the new access ACL. */
export const SetxattrFlag = { ACL_KILL_SGID: 0x1 } as const

/** fallocate_in.mode, as fallocate(2); Linux passes no others on (fs/fuse/file.c fuse_file_fallocate()). */
export const FallocateMode = { KEEP_SIZE: 0x1, PUNCH_HOLE: 0x2, ZERO_RANGE: 0x10 } as const

/** ioctl_in.flags. COMPAT: a 32-bit caller on a 64-bit kernel; DIR: of a directory. */
export const IoctlFlag = {
  COMPAT: 0x1,
  UNRESTRICTED: 0x2,
  RETRY: 0x4,
  /** The kernel's 32BIT: sizes and alignment are those of 32 bits. */
  BITS_32: 0x8,
  DIR: 0x10,
  COMPAT_X32: 0x20,
} as const

/** statx_in.sx_mask and statx.mask, as statx(2). */
export const StatxMask = { BASIC_STATS: 0x7ff, BTIME: 0x800 } as const

/** poll_in.flags. SCHEDULE_NOTIFY: somebody waits, to be woken by NOTIFY_POLL. */
export const PollFlag = { SCHEDULE_NOTIFY: 0x1 } as const

/** Events of poll(2) as they stand in poll_in.events and poll_out.revents (include/uapi/asm-generic/poll.h). */
export const PollEvent = {
  IN: 0x1,
  PRI: 0x2,
  OUT: 0x4,
  ERR: 0x8,
  HUP: 0x10,
  NVAL: 0x20,
  RDNORM: 0x40,
  RDBAND: 0x80,
  WRNORM: 0x100,
  WRBAND: 0x200,
  RDHUP: 0x2000,
} as const

/** lseek_in.whence, as lseek(2). */
export const SeekWhence = { DATA: 3, HOLE: 4 } as const
