// Linux constants that node:fs does not have. The same on all architectures that Node.js runs on, but for
// O_TMPFILE, which contains O_DIRECTORY. Sources: include/uapi/linux/fcntl.h, stat.h, fs.h, falloc.h, openat2.h.

import { constants } from 'node:fs'

/** In place of a directory: the working directory. */
export const AT_FDCWD = -100
export const AT_SYMLINK_NOFOLLOW = 0x100
/** unlinkat(): rmdir(2). */
export const AT_REMOVEDIR = 0x200
/** linkat(): follow a symbolic link. */
export const AT_SYMLINK_FOLLOW = 0x400
export const AT_NO_AUTOMOUNT = 0x800
/** With an empty name: the descriptor itself. */
export const AT_EMPTY_PATH = 0x1000
/** faccessat(): by effective ids. */
export const AT_EACCESS = 0x200

export const O_PATH = 0o10000000
/** A file without a name in the directory that is opened. */
export const O_TMPFILE: number = 0o20000000 | constants.O_DIRECTORY

export const RESOLVE_NO_MAGICLINKS = 0x02
export const RESOLVE_NO_SYMLINKS = 0x04
export const RESOLVE_BENEATH = 0x08

export const RENAME_NOREPLACE = 1
export const RENAME_EXCHANGE = 2
export const RENAME_WHITEOUT = 4

export const STATX_BASIC_STATS = 0x7ff
export const STATX_BTIME = 0x800
export const STATX_MNT_ID = 0x1000

export const XATTR_CREATE = 1
export const XATTR_REPLACE = 2

export const FALLOC_FL_KEEP_SIZE = 0x01
export const FALLOC_FL_PUNCH_HOLE = 0x02
export const FALLOC_FL_COLLAPSE_RANGE = 0x08
export const FALLOC_FL_ZERO_RANGE = 0x10
export const FALLOC_FL_INSERT_RANGE = 0x20

export const SEEK_SET = 0
export const SEEK_CUR = 1
export const SEEK_END = 2
export const SEEK_DATA = 3
export const SEEK_HOLE = 4

export const LOCK_SH = 1
export const LOCK_EX = 2
export const LOCK_NB = 4
export const LOCK_UN = 8

export const F_RDLCK = 0
export const F_WRLCK = 1
export const F_UNLCK = 2
