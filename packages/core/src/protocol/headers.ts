// The headers that open every request and every reply. Fields are read one by one in place, so that
// a request costs no header object. `unique` is opaque (bit 63 marks a resend): two words, echoed
// exactly.

import type { High32, Low32, Nodeid } from '../base/ids.js'
import { ProtocolError } from './protocol-error.js'
import { FuseInHeader, FuseOutHeader } from './struct-layout.js'
import type { WireReader } from './wire-reader.js'
import type { WireWriter } from './wire-writer.js'

/** uid and gid on idmapped mounts where the caller's has no meaning (FUSE_INVALID_UIDGID). */
const INVALID_ID = 0xffff_ffff

/** Bit 63 of the unique of a request that the kernel gives once more, after NOTIFY_RESEND (FUSE_UNIQUE_RESEND). */
export const UNIQUE_RESENT: bigint = 1n << 63n

/** Where the operation's own struct, or its first name, begins. */
export const REQUEST_BODY = 40

/**
 * To be called before any other function here.
 * @throws ProtocolError ERR_FUSE_SHORT_READ, or ERR_FUSE_BAD_LENGTH if bytes follow the message
 */
export function checkInHeader(reader: WireReader): void {
  reader.require(FuseInHeader.byteLength)
  const length = reader.u32(FuseInHeader.len)
  reader.require(length)
  if (length !== reader.length) {
    throw new ProtocolError(
      'ERR_FUSE_BAD_LENGTH',
      `a message of ${reader.length} bytes says it has ${length}`,
    )
  }
}

/** Bytes of the whole message. */
export function headerLength(reader: WireReader): number {
  return reader.u32(FuseInHeader.len)
}

/** Opcode, or a number that has no name here. */
export function headerOpcode(reader: WireReader): number {
  return reader.u32(FuseInHeader.opcode)
}

/** The lower word of what the reply must carry. */
export function headerUniqueLow(reader: WireReader): Low32<'unique'> {
  return reader.low32(FuseInHeader.unique)
}

/** The upper word of what the reply must carry. */
export function headerUniqueHigh(reader: WireReader): High32<'unique'> {
  return reader.high32(FuseInHeader.unique)
}

/** The node asked about; for operations on names, the parent directory. */
export function headerNodeid(reader: WireReader): Nodeid {
  return reader.u64Safe(FuseInHeader.nodeid)
}

/** fsuid of the caller; 2^32-1 where the kernel does not tell. */
export function headerUid(reader: WireReader): number | undefined {
  const uid = reader.u32(FuseInHeader.uid)
  return uid === INVALID_ID ? undefined : uid
}

/** fsgid of the caller; 2^32-1 where the kernel does not tell. */
export function headerGid(reader: WireReader): number | undefined {
  const gid = reader.u32(FuseInHeader.gid)
  return gid === INVALID_ID ? undefined : gid
}

/** The calling thread's id; 0 for requests of the kernel's own. */
export function headerPid(reader: WireReader): number {
  return reader.u32(FuseInHeader.pid)
}

/** Length of the extension block at the message's end, in units of 8 bytes. */
export function headerTotalExtlen(reader: WireReader): number {
  return reader.u16(FuseInHeader.totalExtlen)
}

/** fuse_in_header; `unique` as two words. */
export interface InHeader {
  /** Bytes of the whole message. */
  readonly length: number
  /** Opcode, or a number that has no name here. */
  readonly opcode: number
  readonly uniqueLow: Low32<'unique'>
  readonly uniqueHigh: High32<'unique'>
  readonly nodeid: Nodeid
  /** fsuid of the caller; undefined where the kernel does not tell. */
  readonly uid: number | undefined
  /** fsgid of the caller; undefined where the kernel does not tell. */
  readonly gid: number | undefined
  /** The calling thread's id; 0 for requests of the kernel's own. */
  readonly pid: number
  /** Of the extension block at the message's end, in units of 8 bytes. */
  readonly totalExtlen: number
}

/** All of it, for cold paths. */
export function decodeInHeader(reader: WireReader): InHeader {
  checkInHeader(reader)
  return {
    length: headerLength(reader),
    opcode: headerOpcode(reader),
    uniqueLow: headerUniqueLow(reader),
    uniqueHigh: headerUniqueHigh(reader),
    nodeid: headerNodeid(reader),
    uid: headerUid(reader),
    gid: headerGid(reader),
    pid: headerPid(reader),
    totalExtlen: headerTotalExtlen(reader),
  }
}

/**
 * Writes the header at the reply's start.
 * @param length bytes of the whole reply, header included
 * @param error 0, or a negative errno from -511; then the reply has no body
 */
export function encodeOutHeader(
  writer: WireWriter,
  length: number,
  error: number,
  uniqueLow: Low32<'unique'>,
  uniqueHigh: High32<'unique'>,
): void {
  writer.claim(0, FuseOutHeader.byteLength)
  writer.u32(FuseOutHeader.len, length)
  writer.i32(FuseOutHeader.error, error)
  writer.words(FuseOutHeader.unique, uniqueLow, uniqueHigh)
}
