// A reply as the kernel's side sees it, and its body by literal offsets of include/uapi/linux/fuse.h:
// the counterpart of request-builder.ts, just as independent of the codecs under test.

import type { FileHandle, Nodeid } from '../../base/ids.js'
import { codeFromErrno } from '../../protocol/index.js'

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

/** What the kernel got for a request. */
export class Reply {
  /** 0 or a negative errno. */
  readonly error: number
  /** What followed the header. */
  readonly body: Buffer

  constructor(error: number, body: Buffer) {
    this.error = error
    this.body = body
  }

  /** POSIX name of the error; undefined if there is none. */
  get code(): string | undefined {
    return this.error === 0 ? undefined : codeFromErrno(-this.error)
  }

  get text(): string {
    return this.#of('data').toString('utf8')
  }

  /** LOOKUP, MKNOD, MKDIR, SYMLINK, LINK, and the first part of CREATE. */
  get entry(): WireEntry {
    return entryOf(this.#of('an entry', 128))
  }

  /** GETATTR, SETATTR. */
  get attributes(): WireAttributes {
    return attributes(this.#of('attributes', 104).subarray(16, 104))
  }

  /** How long they may be trusted, in ns. */
  get attributesValid(): bigint {
    return time(this.#of('attributes', 104), 0, 8)
  }

  /** OPEN, OPENDIR, and the second part of CREATE. */
  get opened(): WireOpened {
    const whole = this.#of('an open file', 16)
    const body = whole.byteLength === 144 ? whole.subarray(128) : whole
    return { fh: body.readBigUInt64LE(0), openFlags: body.readUInt32LE(8) }
  }

  /** WRITE. */
  get written(): number {
    return this.#of('a count', 8).readUInt32LE(0)
  }

  /** GETXATTR and LISTXATTR that asked for the size. */
  get size(): number {
    return this.#of('a size', 8).readUInt32LE(0)
  }

  /** LISTXATTR. */
  get names(): string[] {
    return this.#of('a list').toString('utf8').split('\0').slice(0, -1)
  }

  /** STATX: what of the attributes is valid, and all of them. */
  get statx(): WireStatx {
    const body = this.#of('statx', 288)
    const stat = body.subarray(32)
    return {
      mask: stat.readUInt32LE(0),
      attributes: stat.readBigUInt64LE(8),
      attributesMask: stat.readBigUInt64LE(56),
      nlink: stat.readUInt32LE(16),
      uid: stat.readUInt32LE(20),
      gid: stat.readUInt32LE(24),
      mode: stat.readUInt16LE(28),
      ino: stat.readBigUInt64LE(32),
      size: stat.readBigUInt64LE(40),
      blocks: stat.readBigUInt64LE(48),
      blksize: stat.readUInt32LE(4),
      atime: time(stat, 64, 72),
      btime: time(stat, 80, 88),
      ctime: time(stat, 96, 104),
      mtime: time(stat, 112, 120),
      rdev: [stat.readUInt32LE(128), stat.readUInt32LE(132)],
      valid: time(body, 0, 8),
    }
  }

  /** IOCTL: what the call returns, and the data behind it. */
  get ioctl(): WireIoctl {
    const body = this.#of('the result of an ioctl', 16)
    return { result: body.readInt32LE(0), data: body.subarray(16) }
  }

  /** POLL. */
  get revents(): number {
    return this.#of('events', 8).readUInt32LE(0)
  }

  /** LSEEK's offset, COPY_FILE_RANGE_64's count, BMAP's block. */
  get word(): bigint {
    return this.#of('a number', 8).readBigUInt64LE(0)
  }

  /** READDIR. */
  get dirents(): readonly WireDirent[] {
    return this.records.map((record) => ({ ...record, name: record.name.toString('utf8') }))
  }

  /** The same with names as bytes. */
  get records(): readonly WireDirentRecord[] {
    const body = this.#of('a listing')
    const found: WireDirentRecord[] = []
    for (let at = 0; at < body.byteLength; at += recordLength(body, at))
      found.push(direntOf(body, at))
    return found
  }

  /** READDIRPLUS. */
  get direntsplus(): readonly WireDirentplus[] {
    return direntplusRecords(this.#of('a listing'))
  }

  /** GETLK. */
  get lock(): WireLock {
    const body = this.#of('a lock', 24)
    return {
      type: ['read', 'write', 'unlock'][body.readUInt32LE(16)] as WireLock['type'],
      start: body.readBigUInt64LE(0),
      end: body.readBigUInt64LE(8),
      pid: body.readUInt32LE(20),
    }
  }

  get statfs(): WireStatfs {
    const body = this.#of('figures', 80)
    return {
      blocks: body.readBigUInt64LE(0),
      bfree: body.readBigUInt64LE(8),
      bavail: body.readBigUInt64LE(16),
      files: body.readBigUInt64LE(24),
      ffree: body.readBigUInt64LE(32),
      bsize: body.readUInt32LE(40),
      namelen: body.readUInt32LE(44),
      frsize: body.readUInt32LE(48),
    }
  }

  #of(what: string, least = 0): Buffer {
    if (this.error !== 0) throw new Error(`the reply is ${this.code ?? this.error}, not ${what}`)
    if (this.body.byteLength < least)
      throw new Error(`a reply of ${this.body.byteLength} bytes is not ${what}`)
    return this.body
  }
}

export function direntplusRecords(body: Buffer): WireDirentplus[] {
  const found: WireDirentplus[] = []
  for (let at = 0; at < body.byteLength; at += 128 + recordLength(body, at + 128))
    found.push({ ...direntOf(body, at + 128), entry: entryOf(body.subarray(at, at + 128)) })
  return found
}

function direntOf(body: Buffer, at: number): WireDirentRecord {
  return {
    name: body.subarray(at + 24, at + 24 + body.readUInt32LE(at + 16)),
    ino: body.readBigUInt64LE(at),
    cookie: body.readBigUInt64LE(at + 8),
    type: body.readUInt32LE(at + 20),
  }
}

function recordLength(body: Buffer, at: number): number {
  return (24 + body.readUInt32LE(at + 16) + 7) & ~7
}

function entryOf(body: Buffer): WireEntry {
  return {
    nodeid: Number(body.readBigUInt64LE(0)),
    generation: body.readBigUInt64LE(8),
    entryValid: time(body, 16, 32),
    attrValid: time(body, 24, 36),
    attributes: attributes(body.subarray(40, 128)),
  }
}

function attributes(attr: Buffer): WireAttributes {
  return {
    ino: attr.readBigUInt64LE(0),
    size: attr.readBigUInt64LE(8),
    blocks: attr.readBigUInt64LE(16),
    atime: time(attr, 24, 48),
    mtime: time(attr, 32, 52),
    ctime: time(attr, 40, 56),
    mode: attr.readUInt32LE(60),
    nlink: attr.readUInt32LE(64),
    uid: attr.readUInt32LE(68),
    gid: attr.readUInt32LE(72),
    rdev: attr.readUInt32LE(76),
    blksize: attr.readUInt32LE(80),
  }
}

function time(bytes: Buffer, seconds: number, nanoseconds: number): bigint {
  return bytes.readBigInt64LE(seconds) * 1_000_000_000n + BigInt(bytes.readUInt32LE(nanoseconds))
}
