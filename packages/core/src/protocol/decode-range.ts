// FALLOCATE, LSEEK, COPY_FILE_RANGE, COPY_FILE_RANGE_64 and BMAP: ranges of a file's bytes. Where an offset
// beyond 2^53-1 is not an error it is undefined, so that nobody meets a rounded number.

import type { High32, Low32, Nodeid } from '../base/ids.js'
import { REQUEST_BODY } from './headers.js'
import { FuseBmapIn, FuseCopyFileRangeIn, FuseFallocateIn, FuseLseekIn } from './struct-layout.js'
import type { WireReader } from './wire-reader.js'

/** Body of FALLOCATE. */
export interface FallocateIn {
  readonly fhLow: Low32<'fh'>
  readonly fhHigh: High32<'fh'>
  /** Bytes. */
  readonly offset: number
  /** Bytes from `offset` on. */
  readonly length: number
  /** FallocateMode. */
  readonly mode: number
}

/** Body of LSEEK. */
export interface LseekIn {
  readonly fhLow: Low32<'fh'>
  readonly fhHigh: High32<'fh'>
  /** Bytes; undefined beyond 2^53-1 or below 0. */
  readonly offset: number | undefined
  /** SeekWhence; SEEK_SET, SEEK_CUR and SEEK_END are the kernel's own business. */
  readonly whence: number
}

/** Body of COPY_FILE_RANGE and COPY_FILE_RANGE_64. */
export interface CopyFileRangeIn {
  /** The source; the header names its node. */
  readonly fhInLow: Low32<'fh'>
  readonly fhInHigh: High32<'fh'>
  /** Bytes; undefined beyond 2^53-1. */
  readonly offsetIn: number | undefined
  readonly nodeidOut: Nodeid
  readonly fhOutLow: Low32<'fh'>
  readonly fhOutHigh: High32<'fh'>
  /** Bytes from the target's start. */
  readonly offsetOut: number
  /** At most this many bytes; 2^53-1 stands for more. */
  readonly length: number
  /** Linux defines no flags yet. */
  readonly hasFlags: boolean
}

/** Body of BMAP. */
export interface BmapIn {
  /** In units of `blocksize`, from the file's start. */
  readonly block: number
  /** Bytes. */
  readonly blocksize: number
}

/** @throws ProtocolError ERR_FUSE_UNSAFE_INTEGER for an offset or length above 2^53-1 */
export function decodeFallocate(reader: WireReader): FallocateIn {
  reader.require(REQUEST_BODY + FuseFallocateIn.byteLength)
  return {
    fhLow: reader.low32(REQUEST_BODY + FuseFallocateIn.fh),
    fhHigh: reader.high32(REQUEST_BODY + FuseFallocateIn.fh),
    offset: reader.u64Safe(REQUEST_BODY + FuseFallocateIn.offset),
    length: reader.u64Safe(REQUEST_BODY + FuseFallocateIn.length),
    mode: reader.u32(REQUEST_BODY + FuseFallocateIn.mode),
  }
}

/** @throws ProtocolError ERR_FUSE_SHORT_READ */
export function decodeLseek(reader: WireReader): LseekIn {
  reader.require(REQUEST_BODY + FuseLseekIn.byteLength)
  return {
    fhLow: reader.low32(REQUEST_BODY + FuseLseekIn.fh),
    fhHigh: reader.high32(REQUEST_BODY + FuseLseekIn.fh),
    offset: reader.u64OrUndefined(REQUEST_BODY + FuseLseekIn.offset),
    whence: reader.u32(REQUEST_BODY + FuseLseekIn.whence),
  }
}

/** @throws ProtocolError ERR_FUSE_UNSAFE_INTEGER for a nodeid or a target's offset above 2^53-1 */
export function decodeCopyFileRange(reader: WireReader): CopyFileRangeIn {
  reader.require(REQUEST_BODY + FuseCopyFileRangeIn.byteLength)
  const length = reader.u64OrUndefined(REQUEST_BODY + FuseCopyFileRangeIn.len)
  const flags =
    reader.low32(REQUEST_BODY + FuseCopyFileRangeIn.flags) |
    reader.high32(REQUEST_BODY + FuseCopyFileRangeIn.flags)
  return {
    fhInLow: reader.low32(REQUEST_BODY + FuseCopyFileRangeIn.fhIn),
    fhInHigh: reader.high32(REQUEST_BODY + FuseCopyFileRangeIn.fhIn),
    offsetIn: reader.u64OrUndefined(REQUEST_BODY + FuseCopyFileRangeIn.offIn),
    nodeidOut: reader.u64Safe(REQUEST_BODY + FuseCopyFileRangeIn.nodeidOut),
    fhOutLow: reader.low32(REQUEST_BODY + FuseCopyFileRangeIn.fhOut),
    fhOutHigh: reader.high32(REQUEST_BODY + FuseCopyFileRangeIn.fhOut),
    offsetOut: reader.u64Safe(REQUEST_BODY + FuseCopyFileRangeIn.offOut),
    length: length ?? Number.MAX_SAFE_INTEGER,
    hasFlags: flags !== 0,
  }
}

/** @throws ProtocolError ERR_FUSE_UNSAFE_INTEGER for a block above 2^53-1 */
export function decodeBmap(reader: WireReader): BmapIn {
  reader.require(REQUEST_BODY + FuseBmapIn.byteLength)
  return {
    block: reader.u64Safe(REQUEST_BODY + FuseBmapIn.block),
    blocksize: reader.u32(REQUEST_BODY + FuseBmapIn.blocksize),
  }
}
