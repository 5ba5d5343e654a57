// GETATTR and SETATTR. Of SETATTR only what `valid` names is read: other fields hold leftovers.
// fh is two words, because bit 63 may be set.

import type { High32, Low32 } from '../base/ids.js'
import { GetattrFlag, SetattrValid } from './flags/index.js'
import { REQUEST_BODY } from './headers.js'
import { FuseGetattrIn, FuseSetattrIn } from './struct-layout.js'
import type { WireReader } from './wire-reader.js'

/** Body of GETATTR. */
export interface GetattrIn {
  /** The client asks by an open file of its own; otherwise fh means nothing. */
  readonly hasHandle: boolean
  readonly fhLow: Low32<'fh'>
  readonly fhHigh: High32<'fh'>
}

/** Since the epoch; nanoseconds from 0 to 999999999 also before it. */
export interface WireTime {
  /** Since the epoch; negative before it. */
  readonly seconds: number
  /** 0 to 999999999, counting upwards. */
  readonly nanoseconds: number
}

/** 'now': the filesystem's own clock. */
export type TimeChange = WireTime | 'now'

/** What is undefined stays as it is. */
export interface SetattrIn {
  /** SetattrValid. */
  readonly valid: number
  /** st_mode, with the file type. */
  readonly mode: number | undefined
  /** 0 to 2^32-2. */
  readonly uid: number | undefined
  /** 0 to 2^32-2. */
  readonly gid: number | undefined
  /** Bytes. */
  readonly size: number | undefined
  readonly atime: TimeChange | undefined
  readonly mtime: TimeChange | undefined
  readonly ctime: WireTime | undefined
  readonly hasHandle: boolean
  readonly fhLow: Low32<'fh'>
  readonly fhHigh: High32<'fh'>
  /** Counts with SetattrValid.LOCKOWNER. */
  readonly lockOwnerLow: Low32<'lockOwner'>
  readonly lockOwnerHigh: High32<'lockOwner'>
}

/** @throws ProtocolError ERR_FUSE_SHORT_READ */
export function decodeGetattr(reader: WireReader): GetattrIn {
  reader.require(REQUEST_BODY + FuseGetattrIn.byteLength)
  const flags = reader.u32(REQUEST_BODY + FuseGetattrIn.getattrFlags)
  return {
    hasHandle: (flags & GetattrFlag.FH) !== 0,
    fhLow: reader.low32(REQUEST_BODY + FuseGetattrIn.fh),
    fhHigh: reader.high32(REQUEST_BODY + FuseGetattrIn.fh),
  }
}

/** @throws ProtocolError ERR_FUSE_UNSAFE_INTEGER for a size or time above 2^53-1 */
export function decodeSetattr(reader: WireReader): SetattrIn {
  reader.require(REQUEST_BODY + FuseSetattrIn.byteLength)
  const valid = reader.u32(REQUEST_BODY + FuseSetattrIn.valid)
  return {
    valid,
    mode: valid & SetattrValid.MODE ? reader.u32(REQUEST_BODY + FuseSetattrIn.mode) : undefined,
    uid: valid & SetattrValid.UID ? reader.u32(REQUEST_BODY + FuseSetattrIn.uid) : undefined,
    gid: valid & SetattrValid.GID ? reader.u32(REQUEST_BODY + FuseSetattrIn.gid) : undefined,
    size: valid & SetattrValid.SIZE ? reader.u64Safe(REQUEST_BODY + FuseSetattrIn.size) : undefined,
    atime: decodeAtime(reader, valid),
    mtime: decodeMtime(reader, valid),
    ctime:
      valid & SetattrValid.CTIME
        ? decodeTime(reader, FuseSetattrIn.ctime, FuseSetattrIn.ctimensec)
        : undefined,
    hasHandle: (valid & SetattrValid.FH) !== 0,
    fhLow: reader.low32(REQUEST_BODY + FuseSetattrIn.fh),
    fhHigh: reader.high32(REQUEST_BODY + FuseSetattrIn.fh),
    lockOwnerLow: reader.low32(REQUEST_BODY + FuseSetattrIn.lockOwner),
    lockOwnerHigh: reader.high32(REQUEST_BODY + FuseSetattrIn.lockOwner),
  }
}

/** With *_NOW the time field holds the kernel's time, which is not what was asked for. */
function decodeAtime(reader: WireReader, valid: number): TimeChange | undefined {
  if (valid & SetattrValid.ATIME_NOW) return 'now'
  if (!(valid & SetattrValid.ATIME)) return undefined
  return decodeTime(reader, FuseSetattrIn.atime, FuseSetattrIn.atimensec)
}

function decodeMtime(reader: WireReader, valid: number): TimeChange | undefined {
  if (valid & SetattrValid.MTIME_NOW) return 'now'
  if (!(valid & SetattrValid.MTIME)) return undefined
  return decodeTime(reader, FuseSetattrIn.mtime, FuseSetattrIn.mtimensec)
}

function decodeTime(reader: WireReader, seconds: number, nanoseconds: number): WireTime {
  return {
    seconds: reader.i64Safe(REQUEST_BODY + seconds),
    nanoseconds: reader.u32(REQUEST_BODY + nanoseconds),
  }
}
