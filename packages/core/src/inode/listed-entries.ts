// What a listing is collected into: the wire records of a snapshot, and the entries that one reply has room for.

import {
  DirentType,
  direntLength,
  direntplusLength,
  encodeDirent,
  WireWriter,
} from '../protocol/index.js'
import type { DirectoryEntry, Text } from './handler-types.js'

/** What libfuse gives where the filesystem tells no inode number; 0 would hide the name from readdir(3). */
export const UNKNOWN_INO = 0xffffffff

/** One entry of a listing, checked. */
export interface ListedEntry {
  readonly name: Uint8Array
  /** st_ino for d_ino. */
  readonly ino: number | bigint
  /** DirentType. */
  readonly type: number
  /** Where READDIR goes on behind it, 1 to 2^63-1. */
  readonly cookie: number | bigint
  /** The handler's, if it has attributes. */
  readonly source: DirectoryEntry<Text> | undefined
}

/** Takes entries until one does not fit. */
export class ReplyRoom {
  readonly entries: ListedEntry[] = []
  readonly #plus: boolean
  #left: number
  #isFull = false

  constructor(room: number, plus: boolean) {
    this.#left = room
    this.#plus = plus
  }

  /** False once there is no more room. */
  add(entry: ListedEntry): boolean {
    const { byteLength } = entry.name
    const length = this.#plus ? direntplusLength(byteLength) : direntLength(byteLength)
    this.#isFull ||= length > this.#left
    if (this.#isFull) return false
    this.#left -= length
    this.entries.push(entry)
    return true
  }

  /** An empty reply would end the directory. */
  get isTooSmall(): boolean {
    return this.#isFull && this.entries.length === 0
  }
}

/** Grows as records come; '.' and '..' are the first. */
export class DirentRecords {
  /** Their inode numbers may come later. */
  readonly dots: readonly (ListedEntry & { ino: number | bigint })[]
  #buffer = new Uint8Array(4096)
  #writer = writerOver(this.#buffer)
  #length = 0

  constructor() {
    this.dots = ['.', '..'].map((text) => {
      const name = Buffer.from(text)
      const cookie = this.append(name, UNKNOWN_INO, DirentType.DIRECTORY)
      return { name, ino: UNKNOWN_INO, type: DirentType.DIRECTORY, cookie, source: undefined }
    })
  }

  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length)
  }

  /** Returns the record's cookie. */
  append(name: Uint8Array, ino: number | bigint, type: number): number {
    const end = this.#length + direntLength(name.byteLength)
    if (end > this.#buffer.byteLength) this.#grow(end)
    encodeDirent(this.#writer, this.#length, ino, end, type, name)
    this.#length = end
    return end
  }

  /** @param nameLength 1 for '.', 2 for '..' */
  setDotIno(nameLength: number, ino: number | bigint): void {
    const dot = this.dots[nameLength - 1]
    if (dot === undefined) return
    dot.ino = ino
    const start = Number(dot.cookie) - direntLength(nameLength)
    encodeDirent(this.#writer, start, ino, dot.cookie, dot.type, dot.name)
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
