// Attributes from handlers into fuse_attr, alone (GETATTR, SETATTR) and in entries (LOOKUP, CREATE
// ...). Takes node's Stats and BigIntStats as they are. What the kernel would answer with EIO is
// refused here, by name.

import type { Generation, Nodeid } from '../base/ids.js'
import { encodeTimeout, storeTime, type TimeValue } from './encode-time.js'
import { hasFileType } from './flags/index.js'
import { checkUint32, INT64_MAX } from './integer-check.js'
import { ProtocolError } from './protocol-error.js'
import { storeUint32, storeUint64 } from './store-integer.js'
import { FuseAttr, FuseAttrOut, FuseEntryOut } from './struct-layout.js'
import type { WireWriter } from './wire-writer.js'

/**
 * What a handler says about a file: node's Stats or BigIntStats, or a plain object. Integers are
 * safe integers or bigints. Of a time the most exact form counts: `mtimeNs`, then `mtimeMs`, then
 * `mtime`.
 */
export interface Attributes {
  /** File type and permissions, as st_mode; the type must never change while the node is known. */
  readonly mode: number | bigint
  /** Bytes; 0 if absent. */
  readonly size?: number | bigint | undefined
  /** 1 if absent. */
  readonly nlink?: number | bigint | undefined
  /** 0 if absent. */
  readonly uid?: number | bigint | undefined
  /** 0 if absent. */
  readonly gid?: number | bigint | undefined
  /** Shown as st_ino and used for nothing else; the nodeid if absent. */
  readonly ino?: number | bigint | undefined
  /** As st_rdev; 0 if absent. */
  readonly rdev?: number | bigint | undefined
  /** Units of 512 bytes; as many as `size` needs if absent. */
  readonly blocks?: number | bigint | undefined
  /** 4096 if absent. */
  readonly blksize?: number | bigint | undefined
  /** Of the last access; the epoch if absent. */
  readonly atime?: TimeValue | undefined
  /** Of the last change of the data; as `atime`. */
  readonly mtime?: TimeValue | undefined
  /** Of the last change of data or attributes; as `atime`. */
  readonly ctime?: TimeValue | undefined
  /** Milliseconds; a number may have a fraction. */
  readonly atimeMs?: number | bigint | undefined
  /** As `atimeMs`. */
  readonly mtimeMs?: number | bigint | undefined
  /** As `atimeMs`. */
  readonly ctimeMs?: number | bigint | undefined
  /** Nanoseconds. */
  readonly atimeNs?: bigint | undefined
  /** As `atimeNs`. */
  readonly mtimeNs?: bigint | undefined
  /** As `atimeNs`. */
  readonly ctimeNs?: bigint | undefined
  /** When the file was made, told by statx(2) only; unknown if absent or the epoch. */
  readonly birthtime?: TimeValue | undefined
  /** The same in milliseconds. */
  readonly birthtimeMs?: number | bigint | undefined
  /** The same in nanoseconds. */
  readonly birthtimeNs?: bigint | undefined
}

const BAD = 'ERR_FUSE_BAD_ATTRIBUTES'

/** FuseAttr in words of 32 bits. */
const Word = {
  ino: FuseAttr.ino / 4,
  size: FuseAttr.size / 4,
  blocks: FuseAttr.blocks / 4,
  atime: FuseAttr.atime / 4,
  mtime: FuseAttr.mtime / 4,
  ctime: FuseAttr.ctime / 4,
  atimensec: FuseAttr.atimensec / 4,
  mtimensec: FuseAttr.mtimensec / 4,
  ctimensec: FuseAttr.ctimensec / 4,
  mode: FuseAttr.mode / 4,
  nlink: FuseAttr.nlink / 4,
  uid: FuseAttr.uid / 4,
  gid: FuseAttr.gid / 4,
  rdev: FuseAttr.rdev / 4,
  blksize: FuseAttr.blksize / 4,
  flags: FuseAttr.flags / 4,
} as const

/**
 * Writes fuse_attr.
 * @param ino st_ino if the attributes have none
 * @throws ProtocolError ERR_FUSE_BAD_ATTRIBUTES naming the field
 */
export function encodeAttributes(
  writer: WireWriter,
  offset: number,
  attributes: Attributes,
  ino: number,
): void {
  if (typeof attributes !== 'object' || attributes === null) {
    throw new ProtocolError(
      BAD,
      `attributes are ${attributes === null ? 'null' : typeof attributes}`,
    )
  }
  const a = attributes
  const { size = 0 } = a
  writer.claim(offset, FuseAttr.byteLength)
  const { int32 } = writer
  const at = writer.int32At(offset)
  storeUint64(int32, at + Word.size, size, BAD, 'size', INT64_MAX)
  storeUint64(int32, at + Word.ino, a.ino ?? ino, BAD, 'ino')
  storeUint64(int32, at + Word.blocks, a.blocks ?? blocksOf(size), BAD, 'blocks')
  storeTime(int32, at + Word.atime, at + Word.atimensec, a.atimeNs, a.atimeMs, a.atime, 'atime')
  storeTime(int32, at + Word.mtime, at + Word.mtimensec, a.mtimeNs, a.mtimeMs, a.mtime, 'mtime')
  storeTime(int32, at + Word.ctime, at + Word.ctimensec, a.ctimeNs, a.ctimeMs, a.ctime, 'ctime')
  int32[at + Word.mode] = checkMode(a.mode)
  storeUint32(int32, at + Word.nlink, a.nlink ?? 1, BAD, 'nlink')
  storeUint32(int32, at + Word.uid, a.uid ?? 0, BAD, 'uid')
  storeUint32(int32, at + Word.gid, a.gid ?? 0, BAD, 'gid')
  storeUint32(int32, at + Word.rdev, a.rdev ?? 0, BAD, 'rdev')
  storeUint32(int32, at + Word.blksize, a.blksize ?? 4096, BAD, 'blksize')
  int32[at + Word.flags] = 0
}

/**
 * glibc's 64-bit dev_t and the kernel's 32-bit one (include/linux/kdev_t.h new_encode_dev()) have
 * the same bits for every device the kernel can have: major below 2^12, minor below 2^20. Larger
 * numbers set bits above 31.
 */
export function checkRdev(rdev: number | bigint): number {
  return checkUint32(rdev, BAD, 'rdev')
}

/** @throws ProtocolError ERR_FUSE_BAD_ATTRIBUTES unless it has one of the seven file types */
export function checkMode(mode: number | bigint): number {
  const word = checkUint32(mode, BAD, 'mode')
  if (word > 0o177777 || !hasFileType(word)) {
    throw new ProtocolError(
      BAD,
      `mode is 0${word.toString(8)}, which has no file type (S_IFREG ...)`,
    )
  }
  return word
}

/** As many units of 512 bytes as the size needs. */
export function blocksOf(size: number | bigint): number | bigint {
  return typeof size === 'number' ? Math.ceil(size / 512) : (size + 511n) / 512n
}

/** Writes fuse_attr_out, the body of GETATTR and SETATTR. */
export function encodeAttrOut(
  writer: WireWriter,
  offset: number,
  nodeid: Nodeid,
  attributesTimeoutMs: number,
  attributes: Attributes,
): void {
  writer.claim(offset, FuseAttrOut.byteLength)
  encodeTimeout(
    writer,
    offset + FuseAttrOut.attrValid,
    offset + FuseAttrOut.attrValidNsec,
    attributesTimeoutMs,
  )
  writer.u32(offset + FuseAttrOut.attrValidNsec + 4, 0)
  encodeAttributes(writer, offset + FuseAttrOut.attr, attributes, nodeid)
}

/**
 * Writes fuse_entry_out: the kernel now holds one more lookup of `nodeid`.
 * @param generation with nodeid, never reused for another object; 0 for the root
 */
export function encodeEntryOut(
  writer: WireWriter,
  offset: number,
  nodeid: Nodeid,
  generation: Generation,
  entryTimeoutMs: number,
  attributesTimeoutMs: number,
  attributes: Attributes,
): void {
  writer.claim(offset, FuseEntryOut.byteLength)
  writer.u64(offset + FuseEntryOut.nodeid, nodeid)
  writer.u64(offset + FuseEntryOut.generation, generation)
  encodeTimeout(
    writer,
    offset + FuseEntryOut.entryValid,
    offset + FuseEntryOut.entryValidNsec,
    entryTimeoutMs,
  )
  encodeTimeout(
    writer,
    offset + FuseEntryOut.attrValid,
    offset + FuseEntryOut.attrValidNsec,
    attributesTimeoutMs,
  )
  encodeAttributes(writer, offset + FuseEntryOut.attr, attributes, nodeid)
}

/** Writes the entry that says "no such name" in answer to LOOKUP, for the kernel to remember. */
export function encodeNegativeEntry(
  writer: WireWriter,
  offset: number,
  entryTimeoutMs: number,
): void {
  writer.zero(offset, FuseEntryOut.byteLength)
  encodeTimeout(
    writer,
    offset + FuseEntryOut.entryValid,
    offset + FuseEntryOut.entryValidNsec,
    entryTimeoutMs,
  )
}
