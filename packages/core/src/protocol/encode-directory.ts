// Records of READDIR and READDIRPLUS replies. A record that does not fit is left for the next call, never split.

import type { Nodeid } from '../base/ids.js'
import { type Attributes, encodeEntryOut } from './encode-attributes.js'
import { checkName } from './name-check.js'
import { ProtocolError } from './protocol-error.js'
import { FuseDirent, FuseDirentplus } from './struct-layout.js'
import type { WireWriter } from './wire-writer.js'

/** Longer names fail the whole listing with EIO (fs/fuse/readdir.c parse_dirfile()). */
const MAX_NAME = 4095

/** Bytes of the record for a name of that many bytes. */
export function direntLength(nameLength: number): number {
  return (FuseDirent.name + nameLength + 7) & ~7
}

/**
 * Writes one fuse_dirent and returns the record's length.
 * @param cookie comes back as READDIR's offset to go on behind this record; 1 to 2^63-1
 * @param type DirentType
 * @throws ProtocolError ERR_FUSE_BAD_NAME, ERR_FUSE_BAD_VALUE for cookie 0, ERR_FUSE_NO_SPACE
 */
export function encodeDirent(
  writer: WireWriter,
  offset: number,
  ino: number | bigint,
  cookie: number | bigint,
  type: number,
  name: Uint8Array,
): number {
  const nameLength = name.byteLength
  checkName(name, MAX_NAME, 'a directory entry')
  if (cookie <= 0 || cookie > 0x7fff_ffff_ffff_ffffn) {
    throw new ProtocolError('ERR_FUSE_BAD_VALUE', `a directory cookie is ${cookie}`)
  }
  const length = direntLength(nameLength)
  writer.claim(offset, length)
  // The last 8 bytes hold all of the padding.
  writer.words(offset + length - 8, 0, 0)
  writer.u64(offset + FuseDirent.ino, ino)
  writer.u64(offset + FuseDirent.off, cookie)
  writer.u32(offset + FuseDirent.namelen, nameLength)
  writer.u32(offset + FuseDirent.type, type)
  writer.bytes(offset + FuseDirent.name, name)
  return length
}

/** Bytes of the READDIRPLUS record for a name of that many bytes. */
export function direntplusLength(nameLength: number): number {
  return FuseDirentplus.dirent + direntLength(nameLength)
}

/** The entry of a READDIRPLUS record: the kernel then holds one more lookup of the node. */
export interface PlusEntry {
  readonly nodeid: Nodeid
  /** How long the name may be trusted, in ms from 0. */
  readonly entryTimeoutMs: number
  /** How long the attributes may be trusted, in ms from 0. */
  readonly attributesTimeoutMs: number
  readonly attributes: Attributes
}

/**
 * Writes one fuse_direntplus and returns the record's length.
 * @param entry undefined where nothing but the name is told: nodeid 0, which takes no reference
 * @throws ProtocolError as encodeDirent and encodeEntryOut
 */
export function encodeDirentplus(
  writer: WireWriter,
  offset: number,
  entry: PlusEntry | undefined,
  ino: number | bigint,
  cookie: number | bigint,
  type: number,
  name: Uint8Array,
): number {
  const dirent = offset + FuseDirentplus.dirent
  const length = encodeDirent(writer, dirent, ino, cookie, type, name)
  if (entry === undefined) {
    writer.zero(offset, FuseDirentplus.dirent)
  } else {
    const { nodeid, entryTimeoutMs, attributesTimeoutMs, attributes } = entry
    encodeEntryOut(writer, offset, nodeid, 0, entryTimeoutMs, attributesTimeoutMs, attributes)
  }
  return FuseDirentplus.dirent + length
}
