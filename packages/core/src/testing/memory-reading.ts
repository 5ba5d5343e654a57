// What stands between a device and the seats of a session in memory: one reader and one watchdog for all of them.

import type { SlotIndex, Unique, WorkerIndex } from '../base/ids.js'
import { operationName } from '../dispatch/index.js'
import type { RequestRing } from '../ring/index.js'
import {
  type BackingFiles,
  type Clock,
  type DeviceEndpoint,
  type MemoryLockManager,
  type MemoryNodeTable,
  type MemoryNotificationChannel,
  type MemoryOpenFileTable,
  MemoryWatchdog,
  type PassedDeadline,
  type Watchdog,
} from '../session/index.js'
import { OwnRequests } from './own-requests.js'
import { RingReader } from './ring-reader.js'
import { RingReplies } from './ring-replies.js'

export interface MemoryReadingParts {
  readonly ring: RequestRing
  readonly endpoint: DeviceEndpoint
  readonly nodes: MemoryNodeTable
  readonly notifications: MemoryNotificationChannel
  readonly locks: MemoryLockManager
  readonly openFiles: MemoryOpenFileTable
  readonly backingFiles: BackingFiles
  readonly clock: Clock
  readonly wake: (worker: WorkerIndex) => void
  readonly log: (message: string) => void
}

export class MemoryReading {
  readonly reader: RingReader
  readonly replies: RingReplies
  readonly #watchdog: Watchdog

  constructor(parts: MemoryReadingParts) {
    const { ring, endpoint, notifications, clock, wake, log } = parts
    const own = new OwnRequests()
    const replies = new RingReplies(ring, endpoint, notifications.requests, own)
    const onPassed = (passed: PassedDeadline): void => log(describePassed(passed))
    const answer = (unique: Unique, error: number, slot: SlotIndex | undefined): void => {
      if (slot === undefined) replies.answerUnique(unique, error)
      else replies.answerTaken(slot, unique, error)
    }
    this.replies = replies
    const closing = { openFiles: parts.openFiles, own }
    this.reader = new RingReader({ ...parts, replies, onPassed, closing })
    this.#watchdog = new MemoryWatchdog({ ring, locks: parts.locks, clock, answer, wake, onPassed })
  }

  /** Answers what is due by the clock. */
  passDeadlines(): void {
    this.#watchdog.check()
    this.reader.intake.passHeld()
  }
}

/** As the native watchdog says it. */
function describePassed({ opcode, unique, timeoutMs, worker }: PassedDeadline): string {
  const where = worker === undefined ? 'it was not begun' : `worker ${worker} is still at work`
  return `${operationName(opcode)}: request ${unique} passed its deadline of ${timeoutMs} ms: ${where}`
}
