// READDIR and READDIRPLUS. A snapshot is kept with the open directory and read by cookie; a stream is asked of the
// handler each time. Every entry of a READDIRPLUS with attributes raises a lookup count, before the reply is out.

import type { Nodeid } from '../../base/ids.js'
import {
  type CollectedListing,
  collectListing,
  type DirectoryEntry,
  handlerOffset,
  isPromise,
  type ListedEntry,
  type Text,
  UNKNOWN_INO,
} from '../../inode/index.js'
import {
  decodeReaddir,
  direntplusLength,
  encodeDirent,
  encodeDirentplus,
  Opcode,
  type PlusEntry,
  S_IFMT,
} from '../../protocol/index.js'
import { OperationClass } from '../../ring/index.js'
import { copyRecords, directoryOf, readListing, storeListing } from '../open-directory.js'
import { HANDLE_FIRST, type Operation } from '../operation.js'
import type { Request } from '../request.js'
import { checkIdentity, checkObject } from '../results.js'
import type { Serving } from '../serving.js'
import { shownAttributes } from '../shown-attributes.js'
import { plainRecords } from './plain-records.js'

const NO_RECORDS = new Uint8Array(0)

function listing(opcode: Opcode, method: 'readdir' | 'readdirplus', plus: boolean): Operation {
  return {
    opcode,
    method,
    class: OperationClass.METADATA,
    expectsReply: true,
    cancellable: true,
    handle: HANDLE_FIRST,
    invoke(serving, request) {
      const { fhLow, fhHigh, offset, size } = decodeReaddir(serving.reader)
      request.fhLow = fhLow
      request.fhHigh = fhHigh
      request.size = Math.min(size, request.payload.byteLength)
      request.cookie = offset
      // rewinddir(3) comes as offset 0 and must see the directory as it is by then (POSIX).
      if (offset !== 0) {
        const kept = answerRecords(serving, request, plus, (position, target) =>
          readListing(serving, request, position, target),
        )
        if (kept >= 0) return kept
      }
      const directory = directoryOf(serving, request, fhLow, fhHigh)
      const given = serving.handlers[method]?.(directory, handlerOffset(offset), request.context)
      const wanted = { text: serving.text, offset, room: request.size, plus }
      return isPromise(given)
        ? Promise.resolve(given).then((entries) => collectListing(entries, wanted))
        : collectListing(given, wanted)
    },
    encode(serving, request, result) {
      const length =
        typeof result === 'number'
          ? result
          : answerCollected(serving, request, result as CollectedListing, plus)
      request.answer(0, 0, length)
    },
    ...(plus && { rollback: takeBackCounts }),
  }
}

type Copy = (position: number, target: Uint8Array) => number

/** Puts records of a snapshot into the payload; returns their length, or -1 when `copy` has none. */
function answerRecords(serving: Serving, request: Request, plus: boolean, copy: Copy): number {
  const { cookie, size } = request
  const position = typeof cookie === 'number' ? cookie : Number.MAX_SAFE_INTEGER
  if (!plus) return copy(position, request.payload.subarray(0, size))
  const records = Buffer.allocUnsafe(size)
  const length = copy(position, records)
  if (length <= 0) return length
  // The attributes would be as old as the listing: names alone are always true.
  return writeEntries(serving, request, plainRecords(records.subarray(0, length)), true)
}

function answerCollected(
  serving: Serving,
  request: Request,
  { records, entries }: CollectedListing,
  plus: boolean,
): number {
  if (records !== undefined) storeListing(serving, request, records)
  else if (request.cookie === 0) storeListing(serving, request, NO_RECORDS)
  if (records === undefined || entries.length > 0)
    return writeEntries(serving, request, entries, plus)
  return answerRecords(serving, request, plus, (position, target) =>
    copyRecords(records, position, target),
  )
}

/** Writes what fits of `entries` and returns its length. */
function writeEntries(
  serving: Serving,
  request: Request,
  entries: Iterable<ListedEntry>,
  plus: boolean,
): number {
  const { writer } = serving
  const start = request.payloadOffset
  writer.reset(start, start + request.size)
  let at = 0
  for (const { name, ino, type, cookie, source } of entries) {
    if (!plus) {
      at += encodeDirent(writer, at, ino, cookie, type, name)
      continue
    }
    if (at + direntplusLength(name.byteLength) > request.size) break
    const entry = source === undefined ? undefined : countEntry(serving, request, name, source)
    const shown = ino === UNKNOWN_INO && entry !== undefined ? entry.nodeid : ino
    at += encodeDirentplus(writer, at, entry, shown, cookie, type, name)
  }
  return at
}

/** Counts the entry's node; undefined where the kernel must look it up by itself. */
function countEntry(
  serving: Serving,
  request: Request,
  name: Uint8Array,
  source: DirectoryEntry<Text>,
): PlusEntry | undefined {
  const { nodes, cache } = serving
  const attributes = checkObject(source.attributes, 'readdirplus: attributes') as NonNullable<
    typeof source.attributes
  >
  const identity = checkIdentity(source.identity, 'readdirplus')
  const type = Number(attributes.mode) & S_IFMT
  let nodeid: Nodeid
  try {
    nodeid = nodes.remember(request.nodeid, name, identity, type)
  } catch (error) {
    // A directory found below itself, as LOOKUP will say.
    if ((error as NodeJS.ErrnoException).code === 'ELOOP') return undefined
    throw error
  }
  request.counted.push(nodeid)
  return {
    nodeid,
    attributes: shownAttributes(attributes, serving.ownership),
    entryTimeoutMs: source.entryTimeoutMs ?? cache.entryTimeoutMs,
    attributesTimeoutMs: source.attributesTimeoutMs ?? cache.attributesTimeoutMs,
  }
}

function takeBackCounts(serving: Serving, request: Request): void {
  for (const nodeid of request.counted.splice(0)) serving.nodes.forget(nodeid, 1)
}

export const LISTING_OPERATIONS: readonly Operation[] = [
  listing(Opcode.READDIR, 'readdir', false),
  listing(Opcode.READDIRPLUS, 'readdirplus', true),
]
