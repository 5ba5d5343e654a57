// A reply as the kernel's side sees it, and its body by literal offsets of include/uapi/linux/fuse.h:
// the counterpart of request-builder.ts, just as independent of the codecs under test.

import { codeFromErrno } from '../../protocol/index.js'
import type {
  WireAttributes,
  WireDirent,
  WireDirentplus,
  WireDirentRecord,
  WireEntry,
  WireIoctl,
  WireLock,
  WireOpened,
  WireStatfs,
  WireStatx,
} from './wire-replies.js'

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
    return {
      fh: body.readBigUInt64LE(0),
      openFlags: body.readUInt32LE(8),
      backingId: body.readUInt32LE(12),
    }
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
