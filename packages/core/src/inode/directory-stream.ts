// A directory's listing as wire records: collected once per open, then read by cookie from any worker.
// A record's cookie is the offset of the next record, so it is never 0 and always continues in O(1).

import { type Attributes, direntLength, encodeDirent, WireWriter } from '../protocol/index.js'
import { FuseError } from '../session/index.js'
import type { DirectoryEntry, DirentLike, Listing, Text } from './handler-types.js'
import type { TextCodec } from './text-codec.js'

/** What libfuse gives where the filesystem tells no inode number; 0 would hide the name from readdir(3). */
const UNKNOWN_INO = 0xffffffff
const DT_UNKNOWN = 0
const DT_DIRECTORY = 4
const UNDESCRIBED = { ino: UNKNOWN_INO, type: DT_UNKNOWN } as const

/** Collects a handler's listing. '.' and '..' come first, whether or not the handler lists them. */
export function collectListing(
  listing: unknown,
  text: TextCodec,
): Uint8Array | Promise<Uint8Array> {
  const source = listing as Listing<Text>
  if (isObject(source) && Symbol.iterator in source && typeof source !== 'string') {
    const builder = new ListingBuilder(text)
    for (const entry of source) builder.add(entry)
    return builder.finish()
  }
  if (isObject(source) && Symbol.asyncIterator in source) return collectAsync(source, text)
  throw new FuseError(
    'ERR_FUSE_BAD_RESULT',
    `readdir must return an iterable, not ${typeof listing}`,
  )
}

async function collectAsync(source: AsyncIterable<unknown>, text: TextCodec): Promise<Uint8Array> {
  const builder = new ListingBuilder(text)
  for await (const entry of source) builder.add(entry)
  return builder.finish()
}

class ListingBuilder {
  readonly #text: TextCodec
  #buffer = new Uint8Array(4096)
  #writer = writerOver(this.#buffer)
  #length = 0

  constructor(text: TextCodec) {
    this.#text = text
    this.#append(Buffer.from('.'), UNKNOWN_INO, DT_DIRECTORY)
    this.#append(Buffer.from('..'), UNKNOWN_INO, DT_DIRECTORY)
  }

  add(entry: unknown): void {
    const named = isObject(entry) && !Buffer.isBuffer(entry)
    const source = entry as DirectoryEntry<Text> & Partial<DirentLike<Text>>
    const name = this.#text.encode(named ? source.name : entry)
    if (isDots(name)) return
    checkName(name)
    const { ino, type } = named ? describe(source) : UNDESCRIBED
    this.#append(name, ino, type)
  }

  finish(): Uint8Array {
    return this.#buffer.subarray(0, this.#length)
  }

  #append(name: Uint8Array, ino: number | bigint, type: number): void {
    const end = this.#length + direntLength(name.byteLength)
    if (end > this.#buffer.byteLength) this.#grow(end)
    encodeDirent(this.#writer, this.#length, ino, end, type, name)
    this.#length = end
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, this.#buffer.byteLength * 2))
    larger.set(this.#buffer)
    this.#buffer = larger
    this.#writer = writerOver(larger)
  }
}

function writerOver(bytes: Uint8Array): WireWriter {
  const writer = new WireWriter(new DataView(bytes.buffer), bytes)
  writer.reset(0, bytes.byteLength)
  return writer
}

function describe(entry: DirectoryEntry<Text> & Partial<DirentLike<Text>>): {
  ino: number | bigint
  type: number
} {
  if (entry.attributes !== undefined) return describeAttributes(entry.attributes)
  return { ino: UNKNOWN_INO, type: direntType(entry) }
}

function describeAttributes(attributes: Attributes): { ino: number | bigint; type: number } {
  const ino = attributes.ino ?? 0
  return {
    ino: Number(ino) === 0 ? UNKNOWN_INO : ino,
    type: (Number(attributes.mode) & 0o170000) >>> 12,
  }
}

function direntType(entry: Partial<DirentLike<Text>>): number {
  if (typeof entry.isFile !== 'function') return DT_UNKNOWN
  if (entry.isFile()) return 8
  if (entry.isDirectory?.()) return DT_DIRECTORY
  if (entry.isSymbolicLink?.()) return 10
  if (entry.isFIFO?.()) return 1
  if (entry.isCharacterDevice?.()) return 2
  if (entry.isBlockDevice?.()) return 6
  return entry.isSocket?.() ? 12 : DT_UNKNOWN
}

/** The kernel fails a whole READDIR for one such name (fs/fuse/readdir.c parse_dirfile()). */
function checkName(name: Uint8Array): void {
  if (name.byteLength === 0 || name.includes(0x2f) || name.includes(0)) {
    throw new FuseError('ERR_FUSE_BAD_RESULT', 'readdir: a name is empty or holds / or NUL')
  }
}

/** '.' or '..'. */
function isDots(name: Uint8Array): boolean {
  return name[0] === 0x2e && (name.byteLength === 1 || (name.byteLength === 2 && name[1] === 0x2e))
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
