// getdents64(2): a directory piece by piece. A cookie says where to go on; ext4's are 63-bit hashes.

import { calls } from './calls.js'
import { SEEK_SET } from './constants.js'
import { check } from './posix-error.js'

/** An entry of a directory. */
export interface Dirent {
  readonly name: Buffer
  /** d_ino. */
  readonly ino: bigint
  /** DT_*: the S_IFMT bits shifted right by 12; 0 where the filesystem does not tell. */
  readonly type: number
  /** Where the entries after this one begin; opaque, of this directory only. */
  readonly cookie: bigint
}

/**
 * Fills `records` with the next entries of an open directory; 0 at the end.
 * @param records 4096 bytes or more; a record too large for it is EINVAL
 */
export function getdents64(fd: number, records: Uint8Array): number {
  return check(calls.getdents64(fd, records), 'getdents64')
}

/** Lets the next getdents64() begin at a cookie; 0 is the beginning. */
export function seekdir(fd: number, cookie: number | bigint): void {
  check(calls.lseek(fd, cookie, SEEK_SET), 'lseek')
}

/** struct linux_dirent64: ino, off, reclen, type, name with NUL. */
const NAME = 19
const LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** The entries in `records`, each with a copy of its name. */
export function* parseDirents(records: Uint8Array, length: number): Generator<Dirent, void> {
  const bytes = Buffer.from(records.buffer, records.byteOffset, length)
  const view = new DataView(records.buffer, records.byteOffset, length)
  for (let at = 0; at < length; at += view.getUint16(at + 16, LITTLE)) {
    const end = bytes.indexOf(0, at + NAME)
    yield {
      name: Buffer.from(bytes.subarray(at + NAME, end)),
      ino: view.getBigUint64(at, LITTLE),
      type: view.getUint8(at + 18),
      cookie: view.getBigInt64(at + 8, LITTLE),
    }
  }
}
