// Requests on open files. fh and lock_owner are opaque: two words each, compared and echoed, never
// converted. STATFS has no body and so no decoder.

import type { High32, Low32 } from '../base/ids.js'
import { FsyncFlag } from './flags/index.js'
import { REQUEST_BODY } from './headers.js'
import {
  FuseAccessIn,
  FuseFlushIn,
  FuseFsyncIn,
  FuseOpenIn,
  FuseReadIn,
  FuseReleaseIn,
  FuseWriteIn,
} from './struct-layout.js'
import type { WireReader } from './wire-reader.js'

/** Body of OPEN and OPENDIR. */
export interface OpenIn {
  /** O_* of the client. */
  readonly flags: number
  /** OpenFlag. */
  readonly openFlags: number
}

/** Body of READ. */
export interface ReadIn {
  readonly fhLow: Low32<'fh'>
  readonly fhHigh: High32<'fh'>
  /** Bytes from the file's start. */
  readonly offset: number
  /** Bytes that are wanted. */
  readonly size: number
  /** ReadFlag. */
  readonly readFlags: number
  readonly lockOwnerLow: Low32<'lockOwner'>
  readonly lockOwnerHigh: High32<'lockOwner'>
  /** O_* that the file has now. */
  readonly flags: number
}

/** Body of WRITE, the data included. */
export interface WriteIn {
  readonly fhLow: Low32<'fh'>
  readonly fhHigh: High32<'fh'>
  /** Bytes from the file's start. */
  readonly offset: number
  /** The data's range in `reader.bytes`. */
  readonly dataStart: number
  /** Behind the data's last byte. */
  readonly dataEnd: number
  /** WriteFlag. */
  readonly writeFlags: number
  readonly lockOwnerLow: Low32<'lockOwner'>
  readonly lockOwnerHigh: High32<'lockOwner'>
  /** O_* that the file has now. */
  readonly flags: number
}

/** Body of FLUSH. */
export interface FlushIn {
  readonly fhLow: Low32<'fh'>
  readonly fhHigh: High32<'fh'>
  readonly lockOwnerLow: Low32<'lockOwner'>
  readonly lockOwnerHigh: High32<'lockOwner'>
}

/** Body of RELEASE and RELEASEDIR. */
export interface ReleaseIn {
  readonly fhLow: Low32<'fh'>
  readonly fhHigh: High32<'fh'>
  /** O_* that the file had. */
  readonly flags: number
  /** ReleaseFlag. */
  readonly releaseFlags: number
  readonly lockOwnerLow: Low32<'lockOwner'>
  readonly lockOwnerHigh: High32<'lockOwner'>
}

/** Body of FSYNC and FSYNCDIR. */
export interface FsyncIn {
  readonly fhLow: Low32<'fh'>
  readonly fhHigh: High32<'fh'>
  /** fdatasync(2) rather than fsync(2). */
  readonly dataOnly: boolean
}

/** Body of ACCESS. */
export interface AccessIn {
  /** AccessMask; 0 asks whether the file exists. */
  readonly mask: number
}

/** @throws ProtocolError ERR_FUSE_SHORT_READ */
export function decodeOpen(reader: WireReader): OpenIn {
  reader.require(REQUEST_BODY + FuseOpenIn.byteLength)
  return {
    flags: reader.u32(REQUEST_BODY + FuseOpenIn.flags),
    openFlags: reader.u32(REQUEST_BODY + FuseOpenIn.openFlags),
  }
}

/** @throws ProtocolError ERR_FUSE_UNSAFE_INTEGER for an offset above 2^53-1 */
export function decodeRead(reader: WireReader): ReadIn {
  reader.require(REQUEST_BODY + FuseReadIn.byteLength)
  return {
    fhLow: reader.low32(REQUEST_BODY + FuseReadIn.fh),
    fhHigh: reader.high32(REQUEST_BODY + FuseReadIn.fh),
    offset: reader.u64Safe(REQUEST_BODY + FuseReadIn.offset),
    size: reader.u32(REQUEST_BODY + FuseReadIn.size),
    readFlags: reader.u32(REQUEST_BODY + FuseReadIn.readFlags),
    lockOwnerLow: reader.low32(REQUEST_BODY + FuseReadIn.lockOwner),
    lockOwnerHigh: reader.high32(REQUEST_BODY + FuseReadIn.lockOwner),
    flags: reader.u32(REQUEST_BODY + FuseReadIn.flags),
  }
}

/** @throws ProtocolError ERR_FUSE_UNSAFE_INTEGER for an offset above 2^53-1 */
export function decodeWrite(reader: WireReader): WriteIn {
  const data = REQUEST_BODY + FuseWriteIn.byteLength
  reader.require(data)
  const size = reader.u32(REQUEST_BODY + FuseWriteIn.size)
  reader.require(data + size)
  return {
    fhLow: reader.low32(REQUEST_BODY + FuseWriteIn.fh),
    fhHigh: reader.high32(REQUEST_BODY + FuseWriteIn.fh),
    offset: reader.u64Safe(REQUEST_BODY + FuseWriteIn.offset),
    dataStart: reader.start + data,
    dataEnd: reader.start + data + size,
    writeFlags: reader.u32(REQUEST_BODY + FuseWriteIn.writeFlags),
    lockOwnerLow: reader.low32(REQUEST_BODY + FuseWriteIn.lockOwner),
    lockOwnerHigh: reader.high32(REQUEST_BODY + FuseWriteIn.lockOwner),
    flags: reader.u32(REQUEST_BODY + FuseWriteIn.flags),
  }
}

/** @throws ProtocolError ERR_FUSE_SHORT_READ */
export function decodeFlush(reader: WireReader): FlushIn {
  reader.require(REQUEST_BODY + FuseFlushIn.byteLength)
  return {
    fhLow: reader.low32(REQUEST_BODY + FuseFlushIn.fh),
    fhHigh: reader.high32(REQUEST_BODY + FuseFlushIn.fh),
    lockOwnerLow: reader.low32(REQUEST_BODY + FuseFlushIn.lockOwner),
    lockOwnerHigh: reader.high32(REQUEST_BODY + FuseFlushIn.lockOwner),
  }
}

/** @throws ProtocolError ERR_FUSE_SHORT_READ */
export function decodeRelease(reader: WireReader): ReleaseIn {
  reader.require(REQUEST_BODY + FuseReleaseIn.byteLength)
  return {
    fhLow: reader.low32(REQUEST_BODY + FuseReleaseIn.fh),
    fhHigh: reader.high32(REQUEST_BODY + FuseReleaseIn.fh),
    flags: reader.u32(REQUEST_BODY + FuseReleaseIn.flags),
    releaseFlags: reader.u32(REQUEST_BODY + FuseReleaseIn.releaseFlags),
    lockOwnerLow: reader.low32(REQUEST_BODY + FuseReleaseIn.lockOwner),
    lockOwnerHigh: reader.high32(REQUEST_BODY + FuseReleaseIn.lockOwner),
  }
}

/** @throws ProtocolError ERR_FUSE_SHORT_READ */
export function decodeFsync(reader: WireReader): FsyncIn {
  reader.require(REQUEST_BODY + FuseFsyncIn.byteLength)
  const flags = reader.u32(REQUEST_BODY + FuseFsyncIn.fsyncFlags)
  return {
    fhLow: reader.low32(REQUEST_BODY + FuseFsyncIn.fh),
    fhHigh: reader.high32(REQUEST_BODY + FuseFsyncIn.fh),
    dataOnly: (flags & FsyncFlag.FDATASYNC) !== 0,
  }
}

/** @throws ProtocolError ERR_FUSE_SHORT_READ */
export function decodeAccess(reader: WireReader): AccessIn {
  reader.require(REQUEST_BODY + FuseAccessIn.byteLength)
  return { mask: reader.u32(REQUEST_BODY + FuseAccessIn.mask) }
}
