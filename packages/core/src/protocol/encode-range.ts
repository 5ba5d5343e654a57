// Replies that are one 64-bit number: LSEEK, COPY_FILE_RANGE_64, BMAP. COPY_FILE_RANGE answers as WRITE does.

import { checkUint64, INT64_MAX, UINT64_MAX } from './integer-check.js'
import { FuseBmapOut, FuseCopyFileRangeOut, FuseLseekOut } from './struct-layout.js'
import type { WireWriter } from './wire-writer.js'

const BAD = 'ERR_FUSE_BAD_VALUE'

/**
 * @param position bytes from the file's start, 0 to 2^63-1
 * @throws ProtocolError ERR_FUSE_BAD_VALUE
 */
export function encodeLseekOut(
  writer: WireWriter,
  offset: number,
  position: number | bigint,
): void {
  writer.claim(offset, FuseLseekOut.byteLength)
  writer.u64(offset + FuseLseekOut.offset, checkUint64(position, INT64_MAX, BAD, 'the offset'))
}

/** @param count bytes copied, at most what was asked */
export function encodeCopyFileRangeOut(writer: WireWriter, offset: number, count: number): void {
  writer.claim(offset, FuseCopyFileRangeOut.byteLength)
  writer.u64(offset + FuseCopyFileRangeOut.bytesCopied, count)
}

/**
 * @param block of the device, in units of the request's blocksize; 0 for a hole
 * @throws ProtocolError ERR_FUSE_BAD_VALUE
 */
export function encodeBmapOut(writer: WireWriter, offset: number, block: number | bigint): void {
  writer.claim(offset, FuseBmapOut.byteLength)
  writer.u64(offset + FuseBmapOut.block, checkUint64(block, UINT64_MAX, BAD, 'the block'))
}
