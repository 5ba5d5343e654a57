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

/** Of READ and WRITE there are so many that their bodies are decoded into an object of the reader's owner. */
type Fields<Body> = { -readonly [Field in keyof Body]: number }

/** For `decodeRead`. */
export function readFields(): Fields<ReadIn> {
  return {
    fhLow: 0,
    fhHigh: 0,
    offset: 0,
    size: 0,
    readFlags: 0,
    lockOwnerLow: 0,
    lockOwnerHigh: 0,
    flags: 0,
  }
}

/** For `decodeWrite`. */
export function writeFields(): Fields<WriteIn> {
  return {
    fhLow: 0,
    fhHigh: 0,
    offset: 0,
    dataStart: 0,
    dataEnd: 0,
    writeFlags: 0,
    lockOwnerLow: 0,
    lockOwnerHigh: 0,
    flags: 0,
  }
}

/** @throws ProtocolError ERR_FUSE_SHORT_READ */
export function decodeOpen(reader: WireReader): OpenIn {
  reader.require(REQUEST_BODY + FuseOpenIn.byteLength)
  return {
    flags: reader.u32(REQUEST_BODY + FuseOpenIn.flags),
    openFlags: reader.u32(REQUEST_BODY + FuseOpenIn.openFlags),
  }
}

/**
 * @param into is filled and returned
 * @throws ProtocolError ERR_FUSE_UNSAFE_INTEGER for an offset above 2^53-1
 */
export function decodeRead(reader: WireReader, into: Fields<ReadIn> = readFields()): ReadIn {
  reader.require(REQUEST_BODY + FuseReadIn.byteLength)
  into.fhLow = reader.low32(REQUEST_BODY + FuseReadIn.fh)
  into.fhHigh = reader.high32(REQUEST_BODY + FuseReadIn.fh)
  into.offset = reader.u64Safe(REQUEST_BODY + FuseReadIn.offset)
  into.size = reader.u32(REQUEST_BODY + FuseReadIn.size)
  into.readFlags = reader.u32(REQUEST_BODY + FuseReadIn.readFlags)
  into.lockOwnerLow = reader.low32(REQUEST_BODY + FuseReadIn.lockOwner)
  into.lockOwnerHigh = reader.high32(REQUEST_BODY + FuseReadIn.lockOwner)
  into.flags = reader.u32(REQUEST_BODY + FuseReadIn.flags)
  return into
}

/** Whether a READ has an offset above 2^53-1, for which decodeRead throws. */
export function isReadBeyondNumbers(reader: WireReader): boolean {
  reader.require(REQUEST_BODY + FuseReadIn.byteLength)
  return reader.u64OrUndefined(REQUEST_BODY + FuseReadIn.offset) === undefined
}

/**
 * @param into is filled and returned
 * @throws ProtocolError ERR_FUSE_UNSAFE_INTEGER for an offset above 2^53-1
 */
export function decodeWrite(reader: WireReader, into: Fields<WriteIn> = writeFields()): WriteIn {
  const data = REQUEST_BODY + FuseWriteIn.byteLength
  reader.require(data)
  const size = reader.u32(REQUEST_BODY + FuseWriteIn.size)
  reader.require(data + size)
  into.fhLow = reader.low32(REQUEST_BODY + FuseWriteIn.fh)
  into.fhHigh = reader.high32(REQUEST_BODY + FuseWriteIn.fh)
  into.offset = reader.u64Safe(REQUEST_BODY + FuseWriteIn.offset)
  into.dataStart = reader.start + data
  into.dataEnd = reader.start + data + size
  into.writeFlags = reader.u32(REQUEST_BODY + FuseWriteIn.writeFlags)
  into.lockOwnerLow = reader.low32(REQUEST_BODY + FuseWriteIn.lockOwner)
  into.lockOwnerHigh = reader.high32(REQUEST_BODY + FuseWriteIn.lockOwner)
  into.flags = reader.u32(REQUEST_BODY + FuseWriteIn.flags)
  return into
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
