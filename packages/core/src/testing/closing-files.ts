// After the device's end: files that clients had open, of which the kernel sends no FLUSH and no RELEASE any more, are
// flushed and released by requests of our own. The twin of device/closing-files.cpp, which waits on a thread; here each
// turn of a worker takes it on. Time passes only when it is moved, so nothing is waited for as a courtesy but writes,
// and requests that are on their way to a handler.

import type { SlotIndex, Unique } from '../base/ids.js'
import {
  Errno,
  FuseFlushIn,
  FuseFsyncIn,
  FuseInHeader,
  FuseReleaseIn,
  Opcode,
} from '../protocol/index.js'
import { type RequestRing, SlotHeader, SlotState } from '../ring/index.js'
import { type Clock, keyOf, type MemoryOpenFileTable, type OpenFile } from '../session/index.js'
import type { OwnRequests } from './own-requests.js'
import type { RequestIntake } from './request-intake.js'
import { WriteTracker } from './write-tracker.js'

/** Nanoseconds of the clock that all of it may take, as after an end that came unasked. */
const CLOSING_TIME = 10_000_000_000n

/** Besides writes: what one of our own would come twice, or too early, for. */
const CLOSES: ReadonlySet<number> = new Set([Opcode.FLUSH, Opcode.FSYNC, Opcode.RELEASE])

export interface ClosingParts {
  readonly ring: RequestRing
  readonly intake: RequestIntake
  readonly own: OwnRequests
  readonly writes: WriteTracker
  readonly openFiles: MemoryOpenFileTable
  readonly clock: Clock
}

/** A file whose data is not known to be safe. */
export interface LostNode {
  readonly nodeid: number
  /** Negative; -ETIMEDOUT: it was not stored in time. */
  readonly error: number
}

type Step = 'flush' | 'fsync' | 'release' | 'done'

/** One handle of a node: flushed once if it was written, released as often as it is open. */
interface ClosingFile {
  readonly file: OpenFile
  flags: number
  written: boolean
  opens: number
  step: Step
  error: number
}

export class ClosingFiles {
  readonly #parts: ClosingParts
  readonly #closeBy: bigint
  readonly #asked = new Map<Unique, ClosingFile>()
  #files: ClosingFile[] | undefined
  #ready: ClosingFile[] = []

  /** At the device's end. */
  constructor(parts: ClosingParts) {
    this.#parts = parts
    this.#closeBy = parts.clock.now() + CLOSING_TIME
  }

  /** Goes on; true when all is done, or the time is over. */
  turn(): boolean {
    this.#parts.intake.placeHeld()
    if (this.#parts.clock.now() >= this.#closeBy) return true
    if (this.#files === undefined) {
      // A flush must not overtake the writes that it is for.
      if (this.#isAtWork()) return false
      this.#files = this.#collect()
    }
    for (const { unique, error } of this.#parts.own.take()) this.#settle(unique, error)
    this.#submitReady()
    return this.#ready.length === 0 && this.#asked.size === 0
  }

  /** By node, once each. */
  get lost(): LostNode[] {
    const lost = new Map<number, LostNode>()
    for (const { file, written, step, error } of this.#files ?? this.#collect()) {
      if (!written || (step === 'done' && error === 0) || lost.has(file.nodeid)) continue
      lost.set(file.nodeid, {
        nodeid: file.nodeid,
        error: error === 0 ? -Errno.ETIMEDOUT : error,
      })
    }
    return [...lost.values()]
  }

  #isAtWork(): boolean {
    const { ring, intake } = this.#parts
    if (intake.held.size > 0) return true
    for (let slot = 0; slot < ring.geometry.slotCount; slot++) {
      const state = this.#word(slot, SlotHeader.state)
      if (state === SlotState.FILLED) return true
      if (state !== SlotState.RUNNING) continue
      const opcode = this.#word(slot, SlotHeader.opcode)
      if (WriteTracker.isWrite(opcode) || CLOSES.has(opcode)) return true
    }
    return false
  }

  /** Written files first. */
  #collect(): ClosingFile[] {
    const files = new Map<string, ClosingFile>()
    const fileFor = (file: OpenFile): ClosingFile => {
      const found = files.get(keyOf(file))
      if (found !== undefined) return found
      const made = { file, flags: 0, written: false, opens: 0, step: 'release', error: 0 } as const
      const closing: ClosingFile = { ...made }
      files.set(keyOf(file), closing)
      return closing
    }
    for (const opened of this.#parts.openFiles.list()) {
      const file = fileFor(opened)
      file.opens += 1
      file.flags = opened.flags
    }
    for (const written of this.#parts.writes.unflushed()) {
      const file = fileFor(written)
      file.written = true
      file.step = 'flush'
    }
    const all = [...files.values()]
    this.#ready = [
      ...all.filter(({ written }) => written),
      ...all.filter(({ written, opens }) => !written && opens > 0),
    ]
    return all
  }

  #submitReady(): void {
    for (let file = this.#ready[0]; file !== undefined; file = this.#ready[0]) {
      const slot = this.#parts.ring.arm()
      // Each slot that gets free brings another turn.
      if (slot < 0) return
      this.#ready.shift()
      this.#submit(slot, file)
    }
  }

  #submit(slot: SlotIndex, file: ClosingFile): void {
    const unique = this.#parts.own.nextUnique()
    this.#asked.set(unique, file)
    this.#parts.intake.submit(slot, messageFor(file, unique))
  }

  /** A failed step is noted, and the next one made all the same, as close(2) would. */
  #settle(unique: Unique, error: number): void {
    const file = this.#asked.get(unique)
    if (file === undefined) return
    this.#asked.delete(unique)
    // ENOSYS: the filesystem has no such handler.
    if (error !== 0 && error !== -Errno.ENOSYS && file.error === 0) file.error = error
    if (file.step === 'release') file.opens -= 1
    else file.step = file.step === 'flush' ? 'fsync' : 'release'
    if (file.step !== 'release' || file.opens > 0) this.#ready.push(file)
    else file.step = 'done'
  }

  #word(slot: SlotIndex, field: number): number {
    const { ring } = this.#parts
    return ring.view.getUint32(ring.slotOffset(slot) + field, true)
  }
}

/** As the kernel would send it. */
function messageFor({ step, file, flags }: ClosingFile, unique: Unique): Buffer {
  const [opcode, length] =
    step === 'flush'
      ? [Opcode.FLUSH, FuseFlushIn.byteLength]
      : step === 'fsync'
        ? [Opcode.FSYNC, FuseFsyncIn.byteLength]
        : [Opcode.RELEASE, FuseReleaseIn.byteLength]
  const message = Buffer.alloc(FuseInHeader.byteLength + length)
  message.writeUInt32LE(message.byteLength, FuseInHeader.len)
  message.writeUInt32LE(opcode, FuseInHeader.opcode)
  message.writeBigUInt64LE(unique, FuseInHeader.unique)
  message.writeBigUInt64LE(BigInt(file.nodeid), FuseInHeader.nodeid)
  // All three begin with fh.
  message.writeUInt32LE(file.low, FuseInHeader.byteLength)
  message.writeUInt32LE(file.high, FuseInHeader.byteLength + 4)
  if (step === 'release')
    message.writeUInt32LE(flags, FuseInHeader.byteLength + FuseReleaseIn.flags)
  return message
}
