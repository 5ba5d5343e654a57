// Request messages as the kernel would send them, for tests and for the virtual kernel. Written by literal
// offsets of include/uapi/linux/fuse.h, so that a wrong codec cannot agree with itself.

import type { Unique } from '../../base/ids.js'
import { FileRequests } from './file-requests.js'
import { type LockOrder, lockBody } from './lock-order.js'
import {
  bytes,
  cstring,
  halves,
  put32,
  put64,
  viewOf,
  type Word,
  words,
} from './message-builder.js'

/** What SETATTR changes; `valid` is made from what is there. Times are nanoseconds since the epoch. */
export interface SetattrChanges {
  /** Permission bits, or st_mode. */
  readonly mode?: number
  /** The new owner. */
  readonly uid?: number
  /** The new group. */
  readonly gid?: number
  /** Bytes. */
  readonly size?: Word
  /** Nanoseconds since the epoch, or UTIME_NOW. */
  readonly atime?: bigint | 'now'
  /** Nanoseconds since the epoch, or UTIME_NOW. */
  readonly mtime?: bigint | 'now'
  /** Nanoseconds since the epoch. */
  readonly ctime?: bigint
  /** Of an open file that the client asks by. */
  readonly fh?: Word
}

/** What the kernel offers. */
export interface InitOffer {
  /** 7 if absent. */
  readonly major?: number
  /** 45 if absent. */
  readonly minor?: number
  /** Bytes; 131072 if absent. */
  readonly maxReadahead?: number
  /** All 64 bits of flags; INIT_EXT (bit 30) is set if the upper half is not empty. */
  readonly flags?: bigint
}

const MINOR_WITH_FLAGS2 = 36

/** Makes messages of every kind. */
export class RequestBuilder extends FileRequests {
  init(offer: InitOffer = {}): Uint8Array {
    const { major = 7, minor = 45, maxReadahead = 131072, flags = 0n } = offer
    const low = Number(flags & 0xffff_ffffn)
    const high = Number(flags >> 32n)
    // Kernels before 7.36 have no second word of flags.
    const body = bytes(minor < MINOR_WITH_FLAGS2 ? 16 : 64)
    put32(body, 0, major)
    put32(body, 4, minor)
    put32(body, 8, maxReadahead)
    put32(body, 12, (high === 0 ? low : low | (1 << 30)) >>> 0)
    if (minor >= MINOR_WITH_FLAGS2) put32(body, 16, high)
    return this.message(26, 0, body)
  }

  lookup(parent: Word, name: string | Uint8Array): Uint8Array {
    return this.message(1, parent, cstring(name))
  }

  forget(nodeid: Word, count: Word): Uint8Array {
    return this.build(2, nodeid, 0n, [words(count)])
  }

  batchForget(forgets: readonly (readonly [nodeid: Word, count: Word])[]): Uint8Array {
    const head = bytes(8)
    put32(head, 0, forgets.length)
    return this.build(42, 0, 0n, [head, ...forgets.map((forget) => words(...forget))])
  }

  /** The kernel's own unique for it is that of the interrupted request with bit 0 set. */
  interrupt(unique: Unique): Uint8Array {
    return this.build(36, 0, unique | 1n, [words(unique)])
  }

  getattr(nodeid: Word, fh?: Word): Uint8Array {
    const body = bytes(16)
    if (fh !== undefined) {
      put32(body, 0, 1)
      put64(body, 8, fh)
    }
    return this.message(3, nodeid, body)
  }

  setattr(nodeid: Word, changes: SetattrChanges): Uint8Array {
    return this.message(4, nodeid, setattrBody(changes))
  }

  readlink(nodeid: Word): Uint8Array {
    return this.message(5, nodeid)
  }

  symlink(parent: Word, name: string | Uint8Array, target: string | Uint8Array): Uint8Array {
    return this.message(6, parent, cstring(name), cstring(target))
  }

  mknod(
    parent: Word,
    name: string | Uint8Array,
    mode: number,
    rdev = 0,
    umask = 0o022,
  ): Uint8Array {
    return this.message(8, parent, halves(mode, rdev, umask, 0), cstring(name))
  }

  mkdir(parent: Word, name: string | Uint8Array, mode: number, umask = 0o022): Uint8Array {
    return this.message(9, parent, halves(mode, umask), cstring(name))
  }

  unlink(parent: Word, name: string | Uint8Array): Uint8Array {
    return this.message(10, parent, cstring(name))
  }

  rmdir(parent: Word, name: string | Uint8Array): Uint8Array {
    return this.message(11, parent, cstring(name))
  }

  rename(
    parent: Word,
    name: string | Uint8Array,
    newParent: Word,
    newName: string | Uint8Array,
  ): Uint8Array {
    return this.message(12, parent, words(newParent), cstring(name), cstring(newName))
  }

  /** @param flags as renameat2(2) */
  rename2(
    parent: Word,
    name: string | Uint8Array,
    newParent: Word,
    newName: string | Uint8Array,
    flags: number,
  ): Uint8Array {
    const body = Buffer.concat([words(newParent), halves(flags, 0)])
    return this.message(45, parent, body, cstring(name), cstring(newName))
  }

  link(nodeid: Word, newParent: Word, newName: string | Uint8Array): Uint8Array {
    return this.message(13, newParent, words(nodeid), cstring(newName))
  }

  open(nodeid: Word, flags = 0): Uint8Array {
    return this.message(14, nodeid, halves(flags, 0))
  }

  read(nodeid: Word, fh: Word, offset: Word, size: number, flags = 0): Uint8Array {
    return this.message(15, nodeid, transfer(fh, offset, size, flags))
  }

  write(nodeid: Word, fh: Word, offset: Word, data: string | Uint8Array, flags = 0): Uint8Array {
    const content = typeof data === 'string' ? Buffer.from(data) : data
    return this.message(16, nodeid, transfer(fh, offset, content.byteLength, flags), content)
  }

  statfs(nodeid: Word): Uint8Array {
    return this.message(17, nodeid)
  }

  /** @param flockOwner whose flock ends: FLOCK_UNLOCK */
  release(nodeid: Word, fh: Word, flags = 0, flockOwner?: Word): Uint8Array {
    const releaseFlags = flockOwner === undefined ? 0 : 2
    return this.message(18, nodeid, words(fh), halves(flags, releaseFlags), words(flockOwner ?? 0))
  }

  getlk(nodeid: Word, fh: Word, lock: LockOrder): Uint8Array {
    return this.message(31, nodeid, lockBody(fh, lock))
  }

  setlk(nodeid: Word, fh: Word, lock: LockOrder): Uint8Array {
    return this.message(32, nodeid, lockBody(fh, lock))
  }

  setlkw(nodeid: Word, fh: Word, lock: LockOrder): Uint8Array {
    return this.message(33, nodeid, lockBody(fh, lock))
  }

  fsync(nodeid: Word, fh: Word, dataOnly = false): Uint8Array {
    return this.message(20, nodeid, words(fh), halves(dataOnly ? 1 : 0, 0))
  }

  flush(nodeid: Word, fh: Word, lockOwner: Word = 0): Uint8Array {
    return this.message(25, nodeid, words(fh, 0, lockOwner))
  }

  opendir(nodeid: Word, flags = 0): Uint8Array {
    return this.message(27, nodeid, halves(flags, 0))
  }

  readdir(nodeid: Word, fh: Word, cookie: Word, size: number): Uint8Array {
    return this.message(28, nodeid, transfer(fh, cookie, size, 0))
  }

  readdirplus(nodeid: Word, fh: Word, cookie: Word, size: number): Uint8Array {
    return this.message(44, nodeid, transfer(fh, cookie, size, 0))
  }

  releasedir(nodeid: Word, fh: Word, flags = 0): Uint8Array {
    return this.message(29, nodeid, words(fh), halves(flags, 0), words(0))
  }

  fsyncdir(nodeid: Word, fh: Word, dataOnly = false): Uint8Array {
    return this.message(30, nodeid, words(fh), halves(dataOnly ? 1 : 0, 0))
  }

  access(nodeid: Word, mask: number): Uint8Array {
    return this.message(34, nodeid, halves(mask, 0))
  }

  create(
    parent: Word,
    name: string | Uint8Array,
    mode: number,
    flags = 0,
    umask = 0o022,
  ): Uint8Array {
    return this.message(35, parent, halves(flags, mode, umask, 0), cstring(name))
  }

  tmpfile(directory: Word, mode: number, flags = 0, umask = 0o022): Uint8Array {
    return this.message(51, directory, halves(flags, mode, umask, 0), cstring('/'))
  }
}

/** The unique that a message carries; 0n for what is never answered. */
export function uniqueOf(message: Uint8Array): bigint {
  return viewOf(message).getBigUint64(8, true)
}

/** Opcode of a message. */
export function opcodeOf(message: Uint8Array): number {
  return viewOf(message).getUint32(4, true)
}

/** read_in and write_in: fh, offset, size, flags of the call, lock_owner, O_* of the file. */
function transfer(fh: Word, offset: Word, size: number, flags: number): Uint8Array {
  const body = bytes(40)
  put64(body, 0, fh)
  put64(body, 8, offset)
  put32(body, 16, size)
  put32(body, 32, flags)
  return body
}

function setattrBody(changes: SetattrChanges): Uint8Array {
  const body = bytes(88)
  let valid = 0
  if (changes.mode !== undefined) valid |= set32(body, 68, changes.mode, 0x1)
  if (changes.uid !== undefined) valid |= set32(body, 76, changes.uid, 0x2)
  if (changes.gid !== undefined) valid |= set32(body, 80, changes.gid, 0x4)
  if (changes.size !== undefined) valid |= set64(body, 16, changes.size, 0x8)
  if (changes.atime !== undefined) valid |= setTime(body, 32, 56, changes.atime, 0x10, 0x90)
  if (changes.mtime !== undefined) valid |= setTime(body, 40, 60, changes.mtime, 0x20, 0x120)
  if (changes.fh !== undefined) valid |= set64(body, 8, changes.fh, 0x40)
  if (changes.ctime !== undefined) valid |= setTime(body, 48, 64, changes.ctime, 0x400, 0x400)
  put32(body, 0, valid)
  return body
}

function set32(body: Buffer, offset: number, value: number, bit: number): number {
  put32(body, offset, value)
  return bit
}

function set64(body: Buffer, offset: number, value: Word, bit: number): number {
  put64(body, offset, value)
  return bit
}

function setTime(
  body: Buffer,
  seconds: number,
  nanoseconds: number,
  time: bigint | 'now',
  bit: number,
  nowBits: number,
): number {
  if (time === 'now') return nowBits
  const rest = ((time % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n
  put64(body, seconds, (time - rest) / 1_000_000_000n)
  put32(body, nanoseconds, Number(rest))
  return bit
}
