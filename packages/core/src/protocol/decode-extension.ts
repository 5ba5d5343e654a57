// The extension block behind requests that make nodes: security labels and the caller's group. It is the message's
// last 8 x total_extlen bytes, aligned to nothing, as the names before it are not padded
// (fs/fuse/dir.c get_create_ext()). Every length in it is checked before it is followed.

import { headerTotalExtlen, REQUEST_BODY } from './headers.js'
import { ProtocolError } from './protocol-error.js'
import { FuseExtHeader, FuseSecctx, FuseSuppGroups } from './struct-layout.js'
import type { WireReader } from './wire-reader.js'

const UNIT = 8
/** FUSE_MAX_NR_SECCTX: a second word up to here counts labels, a larger one is a record's type. */
const MAX_LABELS = 31
const EXT_GROUPS = 32
const NUL = 0

/** Ranges in `reader.bytes`. */
export interface LabelRange {
  /** First byte of the attribute's name. */
  readonly nameStart: number
  /** Behind its last byte. */
  readonly nameEnd: number
  /** First byte of its value. */
  readonly dataStart: number
  /** Behind its last byte. */
  readonly dataEnd: number
}

/** What follows the names of requests that make nodes. */
export interface CreateExtensions {
  readonly labels: readonly LabelRange[]
  /** Undefined where no group was sent. */
  readonly group: number | undefined
}

const NOTHING: CreateExtensions = { labels: [], group: undefined }

/** @throws ProtocolError ERR_FUSE_BAD_LENGTH for a block or record that does not fit where it stands */
export function decodeExtensions(reader: WireReader): CreateExtensions {
  reader.require(REQUEST_BODY)
  const blockLength = headerTotalExtlen(reader) * UNIT
  if (blockLength === 0) return NOTHING
  const end = reader.length
  let at = end - blockLength
  if (at < REQUEST_BODY) throw badLength('the extension block', blockLength)
  const labels: LabelRange[] = []
  let group: number | undefined
  while (at < end) {
    const size = reader.u32(at + FuseExtHeader.size)
    if (size < FuseExtHeader.byteLength || size % UNIT !== 0 || size > end - at)
      throw badLength('an extension', size)
    const kind = reader.u32(at + FuseExtHeader.type)
    if (kind <= MAX_LABELS) decodeLabels(reader, at, size, kind, labels)
    else if (kind === EXT_GROUPS) group = decodeGroup(reader, at, size)
    at += size
  }
  return { labels, group }
}

function decodeLabels(
  reader: WireReader,
  record: number,
  size: number,
  count: number,
  labels: LabelRange[],
): void {
  const end = record + size
  let at = record + FuseExtHeader.byteLength
  for (let index = 0; index < count; index++) {
    const nameStart = at + FuseSecctx.byteLength
    if (nameStart > end) throw badLength('a security label', size)
    const dataLength = reader.u32(at + FuseSecctx.size)
    let nameEnd = nameStart
    while (nameEnd < end && reader.bytes[reader.start + nameEnd] !== NUL) nameEnd++
    const dataStart = nameEnd + 1
    if (nameEnd === nameStart) throw badLength('the name of a security label', 0)
    if (dataLength > end - dataStart) throw badLength('a security label', dataLength)
    at = dataStart + dataLength
    labels.push({
      nameStart: reader.start + nameStart,
      nameEnd: reader.start + nameEnd,
      dataStart: reader.start + dataStart,
      dataEnd: reader.start + at,
    })
  }
}

/** The kernel sends at most one (fs/fuse/dir.c get_create_supp_group()). */
function decodeGroup(reader: WireReader, record: number, size: number): number | undefined {
  const groups = record + FuseExtHeader.byteLength
  const room = size - FuseExtHeader.byteLength - FuseSuppGroups.byteLength
  if (room < 0) throw badLength('a list of groups', size)
  const count = reader.u32(groups + FuseSuppGroups.nrGroups)
  if (count * 4 > room) throw badLength('a list of groups', count)
  return count === 0 ? undefined : reader.u32(groups + FuseSuppGroups.groups)
}

function badLength(what: string, length: number): ProtocolError {
  return new ProtocolError('ERR_FUSE_BAD_LENGTH', `${what} of ${length} does not fit its message`)
}
