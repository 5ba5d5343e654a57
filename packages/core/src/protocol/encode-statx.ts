// Attributes into fuse_statx_out: as fuse_attr_out, and with the time of birth where it is known.

import type { Nodeid } from '../base/ids.js'
import { type Attributes, blocksOf, checkMode, checkRdev } from './encode-attributes.js'
import { encodeTime, encodeTimeout } from './encode-time.js'
import { StatxMask } from './flags/index.js'
import { checkUint32, checkUint64, INT64_MAX, UINT64_MAX } from './integer-check.js'
import { FuseStatx, FuseStatxOut, FuseSxTime } from './struct-layout.js'
import type { WireWriter } from './wire-writer.js'

/** What `statx` returns. */
export interface StatxAttributes extends Attributes {
  /** STATX_ATTR_* that the file has, such as 0x10 (immutable); none if absent. Linux 6.18 does not pass them on. */
  readonly attributes?: number | bigint | undefined
  /** STATX_ATTR_* that the filesystem knows of; as `attributes` if absent. */
  readonly attributesMask?: number | bigint | undefined
}

const BAD = 'ERR_FUSE_BAD_ATTRIBUTES'
/** BASIC_STATS: only with all of them Linux refreshes the attributes it has cached. */
const BASIC = StatxMask.BASIC_STATS

/**
 * Writes fuse_statx_out, the body of STATX.
 * @param nodeid st_ino if the attributes have none
 * @throws ProtocolError ERR_FUSE_BAD_ATTRIBUTES naming the field
 */
export function encodeStatxOut(
  writer: WireWriter,
  offset: number,
  nodeid: Nodeid,
  attributesTimeoutMs: number,
  attributes: StatxAttributes,
): void {
  const a = attributes
  const stat = offset + FuseStatxOut.stat
  writer.zero(offset, FuseStatxOut.byteLength)
  encodeTimeout(
    writer,
    offset + FuseStatxOut.attrValid,
    offset + FuseStatxOut.attrValidNsec,
    attributesTimeoutMs,
  )
  const size = checkUint64(a.size ?? 0, INT64_MAX, BAD, 'size')
  const hasBirth = encodeTimes(writer, stat, a)
  const flags = checkUint64(a.attributes ?? 0, UINT64_MAX, BAD, 'attributes')
  const known = checkUint64(a.attributesMask ?? flags, UINT64_MAX, BAD, 'attributesMask')
  writer.u32(stat + FuseStatx.mask, hasBirth ? BASIC | StatxMask.BTIME : BASIC)
  writer.u32(stat + FuseStatx.blksize, checkUint32(a.blksize ?? 4096, BAD, 'blksize'))
  writer.u64(stat + FuseStatx.attributes, flags)
  writer.u64(stat + FuseStatx.attributesMask, known)
  writer.u32(stat + FuseStatx.nlink, checkUint32(a.nlink ?? 1, BAD, 'nlink'))
  writer.u32(stat + FuseStatx.uid, checkUint32(a.uid ?? 0, BAD, 'uid'))
  writer.u32(stat + FuseStatx.gid, checkUint32(a.gid ?? 0, BAD, 'gid'))
  writer.u16(stat + FuseStatx.mode, checkMode(a.mode))
  writer.u64(stat + FuseStatx.ino, checkUint64(a.ino ?? nodeid, UINT64_MAX, BAD, 'ino'))
  writer.u64(stat + FuseStatx.size, size)
  writer.u64(
    stat + FuseStatx.blocks,
    checkUint64(a.blocks ?? blocksOf(size), UINT64_MAX, BAD, 'blocks'),
  )
  encodeDevice(writer, stat, checkRdev(a.rdev ?? 0))
}

/** True where the time of birth is known: node tells the epoch where it is not. */
function encodeTimes(writer: WireWriter, stat: number, a: StatxAttributes): boolean {
  const time = (
    at: number,
    ns: bigint | undefined,
    ms: number | bigint | undefined,
    value: Attributes['atime'],
    field: string,
  ): void => {
    const seconds = stat + at + FuseSxTime.tvSec
    encodeTime(writer, seconds, stat + at + FuseSxTime.tvNsec, ns, ms, value, field)
  }
  time(FuseStatx.atime, a.atimeNs, a.atimeMs, a.atime, 'atime')
  time(FuseStatx.mtime, a.mtimeNs, a.mtimeMs, a.mtime, 'mtime')
  time(FuseStatx.ctime, a.ctimeNs, a.ctimeMs, a.ctime, 'ctime')
  const birth = a.birthtimeNs ?? a.birthtimeMs ?? a.birthtime
  if (birth === undefined || Number(birth) === 0) return false
  time(FuseStatx.btime, a.birthtimeNs, a.birthtimeMs, a.birthtime, 'birthtime')
  return true
}

/** new_encode_dev() taken apart again (include/linux/kdev_t.h). */
function encodeDevice(writer: WireWriter, stat: number, rdev: number): void {
  writer.u32(stat + FuseStatx.rdevMajor, (rdev & 0xfff00) >>> 8)
  writer.u32(stat + FuseStatx.rdevMinor, (rdev & 0xff) | ((rdev >>> 12) & 0xfff00))
}
