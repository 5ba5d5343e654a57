// Follows requests on open files by their wire format, so that the session's end knows which files hold writes that
// the filesystem has not been asked to store: the twin of device/write-tracker.hpp. There is no page cache in memory,
// so pages that the kernel writes back by itself are no concern here.

import type { Nodeid, SlotIndex } from '../base/ids.js'
import {
  FuseCopyFileRangeIn,
  FuseFlushIn,
  FuseInHeader,
  FuseSetattrIn,
  Opcode,
} from '../protocol/index.js'
import { type RequestRing, SlotHeader } from '../ring/index.js'
import { type MemoryOpenFileTable, type OpenFile, UnflushedFiles } from '../session/index.js'

const BODY = SlotHeader.request + FuseInHeader.byteLength
const FATTR_SIZE = 1 << 3
const FATTR_FH = 1 << 6

const WRITES: ReadonlySet<number> = new Set([
  Opcode.WRITE,
  Opcode.SETATTR,
  Opcode.FALLOCATE,
  Opcode.COPY_FILE_RANGE,
  Opcode.COPY_FILE_RANGE_64,
])
/** Bytes of the body up to the last field that is looked at, of the opcodes that are followed. */
const FIELDS: Readonly<Record<number, number>> = {
  [Opcode.WRITE]: 8,
  [Opcode.FALLOCATE]: 8,
  [Opcode.FLUSH]: 8,
  [Opcode.FSYNC]: 8,
  [Opcode.RELEASE]: 8,
  [Opcode.SETATTR]: FuseSetattrIn.fh + 8,
  [Opcode.COPY_FILE_RANGE]: FuseCopyFileRangeIn.fhOut + 8,
  [Opcode.COPY_FILE_RANGE_64]: FuseCopyFileRangeIn.fhOut + 8,
}

export class WriteTracker {
  readonly #ring: RequestRing
  readonly #openFiles: MemoryOpenFileTable
  readonly #unflushed = new UnflushedFiles()
  /** By slot: the last write before the FLUSH or FSYNC in it. */
  readonly #flushes: number[] = []

  constructor(ring: RequestRing, openFiles: MemoryOpenFileTable) {
    this.#ring = ring
    this.#openFiles = openFiles
  }

  /** A worker begins with the slot's request. */
  begin(slot: SlotIndex): void {
    const opcode = this.#word(slot, SlotHeader.opcode)
    const isFlush = opcode === Opcode.FLUSH || opcode === Opcode.FSYNC
    if (isFlush && this.#isFollowed(slot))
      this.#flushes[slot] = this.#unflushed.lastWrite(this.#fileOf(slot))
  }

  /** The handler has settled, with what stands in the slot; before the reply is written. */
  settle(slot: SlotIndex): void {
    if (!this.#isFollowed(slot)) return
    const failed = this.#word(slot, SlotHeader.error) !== 0
    switch (this.#word(slot, SlotHeader.opcode)) {
      case Opcode.RELEASE: {
        const file = this.#fileOf(slot)
        if (!this.#openFiles.isOpen(file.nodeid, file)) this.#unflushed.drop(file)
        return
      }
      case Opcode.WRITE:
      case Opcode.FALLOCATE:
        if (!failed) this.#unflushed.wrote(this.#fileOf(slot))
        return
      case Opcode.FLUSH:
      case Opcode.FSYNC:
        if (!failed) this.#unflushed.flushed(this.#fileOf(slot), this.#flushes[slot] ?? 0)
        return
      case Opcode.SETATTR:
        if (!failed && this.#truncates(slot))
          this.#unflushed.wrote(this.#fileOf(slot, BODY + FuseSetattrIn.fh))
        return
      default:
        if (!failed)
          this.#unflushed.wrote(
            this.#fileOf(
              slot,
              BODY + FuseCopyFileRangeIn.fhOut,
              BODY + FuseCopyFileRangeIn.nodeidOut,
            ),
          )
    }
  }

  /** The kernel has no node of that id any more. */
  forget(nodeid: Nodeid): void {
    this.#unflushed.dropNode(nodeid)
  }

  unflushed(): OpenFile[] {
    return this.#unflushed.list()
  }

  /** Whether requests of this opcode change a file's contents. */
  static isWrite(opcode: number): boolean {
    return WRITES.has(opcode)
  }

  /** What is malformed is refused by who decodes it. */
  #isFollowed(slot: SlotIndex): boolean {
    const fields = FIELDS[this.#word(slot, SlotHeader.opcode)]
    const length = this.#word(slot, SlotHeader.requestLength)
    return fields !== undefined && length >= FuseInHeader.byteLength + fields
  }

  /** By a handle: what opens with O_TRUNC, or truncates by name, has nobody who would flush it. */
  #truncates(slot: SlotIndex): boolean {
    const valid = this.#word(slot, BODY + FuseSetattrIn.valid)
    return (valid & FATTR_SIZE) !== 0 && (valid & FATTR_FH) !== 0
  }

  #fileOf(
    slot: SlotIndex,
    handle: number = BODY + FuseFlushIn.fh,
    nodeid: number = SlotHeader.request + FuseInHeader.nodeid,
  ): OpenFile {
    const at = this.#ring.slotOffset(slot)
    return {
      nodeid: Number(this.#ring.view.getBigUint64(at + nodeid, true)),
      low: this.#word(slot, handle),
      high: this.#word(slot, handle + 4),
    }
  }

  #word(slot: SlotIndex, field: number): number {
    return this.#ring.view.getUint32(this.#ring.slotOffset(slot) + field, true)
  }
}
