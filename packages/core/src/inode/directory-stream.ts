// A directory's listing, as its handler gives it, made ready for a reply. Without cookies it is a snapshot: wire
// records, collected at once; a record's cookie is the offset of the next, so it is never 0 and continues in O(1).
// With cookies it is a stream: as many entries as the reply has room for, and no more are taken from the handler.

import { DirentType, direntType } from '../protocol/index.js'
import { FuseError } from '../session/index.js'
import { FsError } from './fs-error.js'
import type { DirectoryEntry, DirentLike, Listing, Text } from './handler-types.js'
import { DirentRecords, type ListedEntry, ReplyRoom, UNKNOWN_INO } from './listed-entries.js'
import type { TextCodec } from './text-codec.js'

/** What READDIR asks for. */
export interface ListingRequest {
  readonly text: TextCodec
  /** The cookie to go on behind; 0 for the start. */
  readonly offset: number | bigint
  /** Bytes of the reply. */
  readonly room: number
  /** Records are those of READDIRPLUS. */
  readonly plus: boolean
}

/** A listing as wire records. */
export interface CollectedListing {
  /** The whole directory; undefined for a stream. */
  readonly records: Uint8Array | undefined
  /** What this reply has room for: of a stream, and of a snapshot for READDIRPLUS. */
  readonly entries: readonly ListedEntry[]
}

// Where a stream goes on behind the dots that are added to it. No filesystem's own cookies are known to be these;
// 2^63-1 is the end of ext4's and btrfs's.
const BEHIND_DOT = 2n ** 63n - 3n
const BEHIND_DOTS = 2n ** 63n - 2n
const COOKIE_MAX = 2n ** 63n - 1n
const DOT = Buffer.from('.')
const DOTS = Buffer.from('..')

type GivenEntry = DirectoryEntry<Text> & Partial<DirentLike<Text>>

/** The offset that a handler gets: the dots that are added are before its start. */
export function handlerOffset(offset: number | bigint): number | bigint {
  return offset === BEHIND_DOT || offset === BEHIND_DOTS ? 0 : offset
}

/** Collects a handler's listing. '.' and '..' come first, whether or not the handler lists them. */
export function collectListing(
  listing: unknown,
  request: ListingRequest,
): CollectedListing | Promise<CollectedListing> {
  const source = listing as Listing<Text>
  if (isObject(source) && Symbol.iterator in source && typeof source !== 'string') {
    const collector = new ListingCollector(request)
    for (const entry of source) if (!collector.add(entry)) break
    return collector.finish()
  }
  if (isObject(source) && Symbol.asyncIterator in source) return collectAsync(source, request)
  throw badListing(`must return an iterable, not ${typeof listing}`)
}

async function collectAsync(
  source: AsyncIterable<unknown>,
  request: ListingRequest,
): Promise<CollectedListing> {
  const collector = new ListingCollector(request)
  for await (const entry of source) if (!collector.add(entry)) break
  return collector.finish()
}

class ListingCollector {
  readonly #request: ListingRequest
  readonly #room: ReplyRoom
  #records: DirentRecords | undefined
  #isStream = false

  constructor(request: ListingRequest) {
    this.#request = request
    this.#room = new ReplyRoom(request.room, request.plus)
  }

  /** False when no more is wanted. */
  add(given: unknown): boolean {
    const isNamed = isObject(given) && !Buffer.isBuffer(given)
    const source = given as GivenEntry
    const name = this.#request.text.encode(isNamed ? source.name : given)
    checkName(name)
    const entry = {
      name,
      ino: isNamed ? inoOf(source) : UNKNOWN_INO,
      type: isNamed ? direntTypeOf(source) : DirentType.UNKNOWN,
      source: isNamed && source.attributes !== undefined && !isDots(name) ? source : undefined,
    }
    const cookie = isNamed ? source.cookie : undefined
    if (cookie !== undefined) return this.#addToStream({ ...entry, cookie: checkCookie(cookie) })
    this.#addToSnapshot(entry)
    return true
  }

  finish(): CollectedListing {
    // An empty listing at its start is a snapshot of the dots; behind a cookie it is the end of a stream.
    if (!this.#isStream && this.#request.offset === 0) this.#snapshot()
    if (this.#room.isTooSmall) throw new FsError('EINVAL', 'the first entry does not fit')
    return { records: this.#records?.bytes, entries: this.#room.entries }
  }

  #snapshot(): DirentRecords {
    if (this.#records === undefined) {
      this.#records = new DirentRecords()
      for (const dot of this.#records.dots) this.#noteForReply(dot)
    }
    return this.#records
  }

  #addToSnapshot(entry: Omit<ListedEntry, 'cookie'>): void {
    if (this.#isStream) throw badListing('gave an entry without a cookie behind one with')
    const records = this.#snapshot()
    if (isDots(entry.name)) {
      records.setDotIno(entry.name.byteLength, entry.ino)
    } else {
      const cookie = records.append(entry.name, entry.ino, entry.type)
      this.#noteForReply({ ...entry, cookie })
    }
  }

  /** READDIR is answered from the records. */
  #noteForReply(entry: ListedEntry): void {
    if (this.#request.plus && this.#request.offset === 0) this.#room.add(entry)
  }

  #addToStream(entry: ListedEntry): boolean {
    if (this.#records !== undefined)
      throw badListing('gave an entry with a cookie behind one without')
    if (!this.#isStream && !isDots(entry.name)) this.#addDots()
    this.#isStream = true
    return this.#room.add(entry)
  }

  #addDots(): void {
    const { offset } = this.#request
    const dot = { ino: UNKNOWN_INO, type: DirentType.DIRECTORY, source: undefined }
    if (offset === 0) this.#room.add({ ...dot, name: DOT, cookie: BEHIND_DOT })
    if (offset === 0 || offset === BEHIND_DOT)
      this.#room.add({ ...dot, name: DOTS, cookie: BEHIND_DOTS })
  }
}

function inoOf({ ino, attributes }: GivenEntry): number | bigint {
  const given = ino ?? attributes?.ino ?? 0
  return Number(given) === 0 ? UNKNOWN_INO : given
}

function direntTypeOf(entry: GivenEntry): number {
  if (entry.type !== undefined) return direntType(entry.type)
  if (entry.attributes !== undefined) return direntType(Number(entry.attributes.mode))
  if (typeof entry.isFile !== 'function') return DirentType.UNKNOWN
  if (entry.isFile()) return DirentType.REGULAR
  if (entry.isDirectory?.()) return DirentType.DIRECTORY
  if (entry.isSymbolicLink?.()) return DirentType.SYMLINK
  if (entry.isFIFO?.()) return DirentType.FIFO
  if (entry.isCharacterDevice?.()) return DirentType.CHARACTER_DEVICE
  if (entry.isBlockDevice?.()) return DirentType.BLOCK_DEVICE
  return entry.isSocket?.() ? DirentType.SOCKET : DirentType.UNKNOWN
}

function checkCookie(cookie: unknown): number | bigint {
  if (typeof cookie === 'number' && Number.isSafeInteger(cookie) && cookie > 0) return cookie
  const isReserved = cookie === BEHIND_DOT || cookie === BEHIND_DOTS
  if (typeof cookie === 'bigint' && cookie > 0n && cookie <= COOKIE_MAX && !isReserved)
    return cookie
  throw badListing(`gave the cookie ${typeof cookie === 'object' ? 'object' : String(cookie)}`)
}

/** The kernel fails a whole READDIR for one such name (fs/fuse/readdir.c parse_dirfile()). */
function checkName(name: Uint8Array): void {
  if (name.byteLength === 0 || name.includes(0x2f) || name.includes(0))
    throw badListing('gave a name that is empty or holds / or NUL')
}

function badListing(what: string): FuseError {
  return new FuseError('ERR_FUSE_BAD_RESULT', `readdir ${what}`)
}

/** '.' or '..'. */
function isDots(name: Uint8Array): boolean {
  return name[0] === 0x2e && (name.byteLength === 1 || (name.byteLength === 2 && name[1] === 0x2e))
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
