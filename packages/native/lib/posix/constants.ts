// Linux constants that node:fs does not have. The same on all architectures that Node.js runs on, but for
// O_TMPFILE, which contains O_DIRECTORY. Sources: include/uapi/linux/fcntl.h, stat.h, fs.h, falloc.h, openat2.h.

import { constants } from 'node:fs'

/** In place of a directory: the working directory. */
export const AT_FDCWD = -100
/** A symbolic link at the end is meant itself. */
export const AT_SYMLINK_NOFOLLOW = 0x100
/** unlinkat(): rmdir(2). */
export const AT_REMOVEDIR = 0x200
/** linkat(): follow a symbolic link. */
export const AT_SYMLINK_FOLLOW = 0x400
/** statx(): an automount point stays unmounted. */
export const AT_NO_AUTOMOUNT = 0x800
/** With an empty name: the descriptor itself. */
export const AT_EMPTY_PATH = 0x1000
/** faccessat(): by effective ids. */
export const AT_EACCESS = 0x200

/** The place, not the file: nothing can be read or written by it (open(2)). */
export const O_PATH = 0o10000000
/** A file without a name in the directory that is opened. */
export const O_TMPFILE: number = 0o20000000 | constants.O_DIRECTORY

/** openat2(): links of /proc fail with ELOOP. */
export const RESOLVE_NO_MAGICLINKS = 0x02
/** openat2(): any symbolic link on the way fails with ELOOP. */
export const RESOLVE_NO_SYMLINKS = 0x04
/** openat2(): what leads out of the directory fails with EXDEV. */
export const RESOLVE_BENEATH = 0x08

/** renameat2(): EEXIST where the new name exists. */
export const RENAME_NOREPLACE = 1
/** renameat2(): both names must exist, and change places. */
export const RENAME_EXCHANGE = 2
/** renameat2(): leaves a character device 0:0 at the old name, as overlay filesystems need it. */
export const RENAME_WHITEOUT = 4

/** statx(): all that stat(2) tells. */
export const STATX_BASIC_STATS = 0x7ff
/** statx(): the time of birth. */
export const STATX_BTIME = 0x800
/** statx(): the mount's number, since Linux 5.8. */
export const STATX_MNT_ID = 0x1000

/** setxattr(): EEXIST where the attribute exists. */
export const XATTR_CREATE = 1
/** setxattr(): ENODATA where it does not. */
export const XATTR_REPLACE = 2

/** fallocate(): the file does not grow. */
export const FALLOC_FL_KEEP_SIZE = 0x01
/** fallocate(): the range becomes a hole; with FALLOC_FL_KEEP_SIZE. */
export const FALLOC_FL_PUNCH_HOLE = 0x02
/** fallocate(): the range is cut out, and what follows moves up. */
export const FALLOC_FL_COLLAPSE_RANGE = 0x08
/** fallocate(): the range becomes zeros. */
export const FALLOC_FL_ZERO_RANGE = 0x10
/** fallocate(): a hole is put in, and what follows moves down. */
export const FALLOC_FL_INSERT_RANGE = 0x20

/** lseek(): from the start of the file. */
export const SEEK_SET = 0
/** lseek(): from the present position. */
export const SEEK_CUR = 1
/** lseek(): from the end of the file. */
export const SEEK_END = 2
/** lseek(): the next data at or behind the offset. */
export const SEEK_DATA = 3
/** lseek(): the next hole at or behind the offset; the end of the file is one. */
export const SEEK_HOLE = 4

/** flock(): shared. */
export const LOCK_SH = 1
/** flock(): exclusive. */
export const LOCK_EX = 2
/** flock(): EAGAIN instead of waiting; or'ed with one of the others. */
export const LOCK_NB = 4
/** flock(): unlock. */
export const LOCK_UN = 8

/** LockRange: shared. */
export const F_RDLCK = 0
/** LockRange: exclusive. */
export const F_WRLCK = 1
/** LockRange: unlock, or nothing in the way. */
export const F_UNLCK = 2
