// SETXATTR, GETXATTR, LISTXATTR and REMOVEXATTR. Names of extended attributes may hold '/', and are no
// file names. Ranges are of `reader.bytes`.

import { REQUEST_BODY } from './headers.js'
import { FuseGetxattrIn, FuseSetxattrIn } from './struct-layout.js'
import type { WireReader } from './wire-reader.js'

/** Body of SETXATTR, the value included. */
export interface SetxattrIn {
  /** First byte of the name in `reader.bytes`. */
  readonly nameStart: number
  /** Behind its last byte. */
  readonly nameEnd: number
  /** The value's range in `reader.bytes`. */
  readonly dataStart: number
  /** Behind the value's last byte. */
  readonly dataEnd: number
  /** XattrFlag; 0 makes the attribute or replaces its value. */
  readonly flags: number
  /** SetxattrFlag; 0 without the extended layout. */
  readonly setxattrFlags: number
}

/** Body of GETXATTR. */
export interface GetxattrIn {
  /** First byte of the name in `reader.bytes`. */
  readonly nameStart: number
  /** Behind its last byte. */
  readonly nameEnd: number
  /** Bytes that the client has room for; 0 asks how many there are. */
  readonly size: number
}

/** Body of LISTXATTR. */
export interface ListxattrIn {
  /** As in GetxattrIn. */
  readonly size: number
}

/** fuse_setxattr_in before SETXATTR_EXT (FUSE_COMPAT_SETXATTR_IN_SIZE): size and flags only. */
const COMPAT_SETXATTR_IN = 8

/** @param extended SETXATTR_EXT was granted: the struct has its whole length */
export function decodeSetxattr(reader: WireReader, extended: boolean): SetxattrIn {
  const name = REQUEST_BODY + (extended ? FuseSetxattrIn.byteLength : COMPAT_SETXATTR_IN)
  reader.require(name)
  const size = reader.u32(REQUEST_BODY + FuseSetxattrIn.size)
  const data = reader.path(name)
  reader.require(data + size)
  return {
    nameStart: reader.nameStart,
    nameEnd: reader.nameEnd,
    dataStart: reader.start + data,
    dataEnd: reader.start + data + size,
    flags: reader.u32(REQUEST_BODY + FuseSetxattrIn.flags),
    setxattrFlags: extended ? reader.u32(REQUEST_BODY + FuseSetxattrIn.setxattrFlags) : 0,
  }
}

/** @throws ProtocolError ERR_FUSE_SHORT_READ, ERR_FUSE_BAD_NAME */
export function decodeGetxattr(reader: WireReader): GetxattrIn {
  reader.require(REQUEST_BODY + FuseGetxattrIn.byteLength)
  reader.path(REQUEST_BODY + FuseGetxattrIn.byteLength)
  return {
    nameStart: reader.nameStart,
    nameEnd: reader.nameEnd,
    size: reader.u32(REQUEST_BODY + FuseGetxattrIn.size),
  }
}

/** @throws ProtocolError ERR_FUSE_SHORT_READ */
export function decodeListxattr(reader: WireReader): ListxattrIn {
  reader.require(REQUEST_BODY + FuseGetxattrIn.byteLength)
  return { size: reader.u32(REQUEST_BODY + FuseGetxattrIn.size) }
}

/** The name's range. @throws ProtocolError ERR_FUSE_SHORT_READ, ERR_FUSE_BAD_NAME */
export function decodeRemovexattr(reader: WireReader): { nameStart: number; nameEnd: number } {
  reader.path(REQUEST_BODY)
  return { nameStart: reader.nameStart, nameEnd: reader.nameEnd }
}
