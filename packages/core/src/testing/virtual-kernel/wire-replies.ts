// What bodies of replies say, field by field as the kernel's structs have them (include/uapi/linux/fuse.h).

import type { FileHandle, Nodeid } from '../../base/ids.js'

/** fuse_attr. */
export interface WireAttributes {
  /** st_ino. */
  readonly ino: bigint
  /** Bytes. */
  readonly size: bigint
  /** Units of 512 bytes. */
  readonly blocks: bigint
  /** Nanoseconds since the epoch. */
  readonly atime: bigint
  /** Nanoseconds since the epoch. */
  readonly mtime: bigint
  /** Nanoseconds since the epoch. */
  readonly ctime: bigint
  /** st_mode. */
  readonly mode: number
  /** st_nlink. */
  readonly nlink: number
  /** st_uid. */
  readonly uid: number
  /** st_gid. */
  readonly gid: number
  /** In the kernel's 32-bit encoding. */
  readonly rdev: number
  /** Preferred length of an I/O, bytes. */
  readonly blksize: number
}

/** fuse_entry_out. */
export interface WireEntry {
  /** 0 in a negative entry. */
  readonly nodeid: Nodeid
  /** With nodeid, of one object only. */
  readonly generation: bigint
  /** Nanoseconds. */
  readonly entryValid: bigint
  /** How long the attributes may be trusted, in ns. */
  readonly attrValid: bigint
  readonly attributes: WireAttributes
}

/** fuse_open_out. */
export interface WireOpened {
  readonly fh: FileHandle
  /** OpenReplyFlag. */
  readonly openFlags: number
  /** With PASSTHROUGH; 0 elsewhere. */
  readonly backingId: number
}

/** fuse_dirent, its name as bytes. */
export interface WireDirentRecord {
  readonly name: Buffer
  /** d_ino. */
  readonly ino: bigint
  /** Where READDIR goes on behind this record. */
  readonly cookie: bigint
  /** DT_*. */
  readonly type: number
}

/** A record of READDIRPLUS. */
export interface WireDirentplus extends WireDirentRecord {
  /** Its nodeid is 0 where the name is all that is told. */
  readonly entry: WireEntry
}

/** fuse_dirent, its name as text. */
export interface WireDirent extends Omit<WireDirentRecord, 'name'> {
  readonly name: string
}

/** fuse_file_lock. */
export interface WireLock {
  /** `unlock`: nothing is in the way. */
  readonly type: 'read' | 'write' | 'unlock'
  /** First byte. */
  readonly start: bigint
  /** Last byte; 2^63-1 for the end of the file. */
  readonly end: bigint
  /** Of the process that holds it; 0 if not known. */
  readonly pid: number
}

/** fuse_kstatfs. */
export interface WireStatfs {
  /** In units of `frsize`. */
  readonly blocks: bigint
  /** Free blocks. */
  readonly bfree: bigint
  /** Free blocks for others than root. */
  readonly bavail: bigint
  /** Files that there can be. */
  readonly files: bigint
  /** Files that can still be made. */
  readonly ffree: bigint
  /** Preferred length of an I/O, bytes. */
  readonly bsize: number
  /** Longest name, bytes. */
  readonly namelen: number
  /** Bytes of a block. */
  readonly frsize: number
}

/** fuse_statx_out. */
export interface WireStatx extends Omit<WireAttributes, 'rdev'> {
  /** STATX_*. */
  readonly mask: number
  /** STATX_ATTR_*. */
  readonly attributes: bigint
  /** STATX_ATTR_* that the filesystem knows. */
  readonly attributesMask: bigint
  /** Of birth, in ns since the epoch. */
  readonly btime: bigint
  /** Major and minor. */
  readonly rdev: readonly [number, number]
  /** How long they may be trusted, in ns. */
  readonly valid: bigint
}

/** fuse_ioctl_out and the data behind it. */
export interface WireIoctl {
  /** What ioctl(2) returns. */
  readonly result: number
  readonly data: Buffer
}
