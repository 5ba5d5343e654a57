// Replies of operations on files: OPEN and CREATE, WRITE, STATFS.

import type { High32, Low32 } from '../base/ids.js'
import { checkUint32, checkUint64, UINT64_MAX } from './integer-check.js'
import { FuseKstatfs, FuseOpenOut, FuseStatfsOut, FuseWriteOut } from './struct-layout.js'
import type { WireWriter } from './wire-writer.js'

/**
 * @param openFlags OpenReplyFlag
 * @param backingId with PASSTHROUGH, else 0
 */
export function encodeOpenOut(
  writer: WireWriter,
  offset: number,
  fhLow: Low32<'fh'>,
  fhHigh: High32<'fh'>,
  openFlags: number,
  backingId: number,
): void {
  writer.claim(offset, FuseOpenOut.byteLength)
  writer.words(offset + FuseOpenOut.fh, fhLow, fhHigh)
  writer.u32(offset + FuseOpenOut.openFlags, openFlags)
  writer.u32(offset + FuseOpenOut.backingId, backingId)
}

/** @param size bytes written, at most what was asked */
export function encodeWriteOut(writer: WireWriter, offset: number, size: number): void {
  writer.claim(offset, FuseWriteOut.byteLength)
  writer.u32(offset + FuseWriteOut.size, size)
  writer.u32(offset + FuseWriteOut.size + 4, 0)
}

/** What statfs(2) tells; node's StatFs and BigIntStatFs fit. */
export interface StatfsResult {
  /** The kernel has its own answer for it. */
  readonly type?: number | bigint | undefined
  /** Preferred length of an I/O, bytes. */
  readonly bsize: number | bigint
  /** Blocks, in units of `frsize`. */
  readonly blocks: number | bigint
  /** Blocks that are free. */
  readonly bfree: number | bigint
  /** Blocks that others than root may still use. */
  readonly bavail: number | bigint
  /** Files that there can be. */
  readonly files: number | bigint
  /** Files that can still be made. */
  readonly ffree: number | bigint
  /** `bsize` if absent. */
  readonly frsize?: number | bigint | undefined
  /** Longest name in bytes; 255 if absent. */
  readonly namelen?: number | bigint | undefined
}

const BAD = 'ERR_FUSE_BAD_VALUE'

/** @throws ProtocolError ERR_FUSE_BAD_VALUE naming the field */
export function encodeStatfsOut(writer: WireWriter, offset: number, statfs: StatfsResult): void {
  const s = statfs
  const base = offset + FuseStatfsOut.st
  const bsize = checkUint32(s.bsize, BAD, 'bsize')
  writer.zero(offset, FuseStatfsOut.byteLength)
  writer.u64(base + FuseKstatfs.blocks, checkUint64(s.blocks, UINT64_MAX, BAD, 'blocks'))
  writer.u64(base + FuseKstatfs.bfree, checkUint64(s.bfree, UINT64_MAX, BAD, 'bfree'))
  writer.u64(base + FuseKstatfs.bavail, checkUint64(s.bavail, UINT64_MAX, BAD, 'bavail'))
  writer.u64(base + FuseKstatfs.files, checkUint64(s.files, UINT64_MAX, BAD, 'files'))
  writer.u64(base + FuseKstatfs.ffree, checkUint64(s.ffree, UINT64_MAX, BAD, 'ffree'))
  writer.u32(base + FuseKstatfs.bsize, bsize)
  writer.u32(base + FuseKstatfs.namelen, checkUint32(s.namelen ?? 255, BAD, 'namelen'))
  writer.u32(base + FuseKstatfs.frsize, checkUint32(s.frsize ?? bsize, BAD, 'frsize'))
}
