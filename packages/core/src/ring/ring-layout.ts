// Where everything stands in a session's SharedArrayBuffer: control page, workers' pages, queue cells, slots.
// The native side has the same constants in ring-layout.hpp and a test compares both.
// All offsets are bytes; those of a struct count from the struct's start. Words are 32 bits, little endian.

import type { WorkerIndex } from '../base/ids.js'

/** First word of a ring. */
export const RING_MAGIC = 0x70614c46
/** Raised with every change of the layout. */
export const RING_VERSION = 6
/** Bytes. */
export const PAGE_SIZE = 4096
/** Requests that can be in flight. */
export const MAX_SLOTS = 512
/** Workers of one session. */
export const MAX_WORKERS = 64
/** Bytes of what each worker has: a page of its words, and one of its queue's cells. */
export const WORKER_BYTES = 8192
/** Opcodes from 0 that have a deadline and an interrupt policy. */
export const RULE_COUNT = 64
/** Requests that the reader holds beside the ring at most, and the bytes that they may take; then it reads no more. */
export const MAX_HELD = 1024
/** The bytes that they may take: 64 MiB. */
export const MAX_HELD_BYTES = 67_108_864
/** BATCH_FORGET: the reader's own message to workers, the only one in a slot that takes no reply. */
export const FORGOTTEN_OPCODE = 42

/** Shared FIFOs of filled slots, taken in this order: what ends or frees first, bulk data last. */
export const OperationClass = { CONTROL: 0, METADATA: 1, DATA: 2 } as const
export type OperationClass = (typeof OperationClass)[keyof typeof OperationClass]
/** How many classes there are. */
export const CLASS_COUNT = 3

/** Offsets in the first page. */
export const ControlPage = {
  magic: 0,
  version: 4,
  slotCount: 8,
  workerCount: 12,
  payloadSize: 16,
  state: 20,
  minor: 24,
  flagsLow: 28,
  flagsHigh: 32,
  maxWrite: 36,
  /** Positive errno for a client whose request passes its deadline. */
  timeoutErrno: 40,
  /** 1: the reader answers ESHUTDOWN to what opens files and directories. */
  refusesOpens: 44,
  /** One bit per opcode, set once a handler of it has returned a promise; 2 words. */
  asyncLow: 48,
  asyncHigh: 52,
  /** One bit per slot, set while the slot is free; 16 words, a cache line of their own. */
  freeBitmap: 64,
  /** 64-bit counters, written by the native side. Requests: those that the reader, or no worker, has taken. */
  requests: 128,
  forgets: 136,
  interrupts: 144,
  lateReplies: 152,
  wakes: 160,
  refusedReplies: 168,
  /** Requests that were answered at their deadline. */
  deadlinesPassed: 176,
  /** Requests that the reader holds at this moment, because no slot is free. */
  heldRequests: 184,
  /** 1 word, written by the native node table: NodeTable.changes. */
  nameChanges: 192,
  /** Positions of shared queue c: enqueue at queues + c x 128, dequeue 64 bytes behind it. */
  queues: 256,
  /** By opcode, 32 bits: milliseconds from reading to the deadline, 0 for none. Written before the reader starts. */
  timeouts: 1024,
  /** By opcode, one byte: InterruptRule. Written before the reader starts. */
  interruptRules: 1280,
} as const

/** What the reader does with an INTERRUPT, by the opcode of its request. */
export const InterruptRule = {
  /** Tells the handler. */
  SIGNAL: 0,
  /** Nothing; the handler does not learn of it. */
  IGNORE: 1,
  /** Answers EINTR while no worker has begun; tells the handler otherwise. */
  CANCEL: 2,
  /** Answers EINTR at once and tells the handler, whose answer is dropped. */
  ANSWER: 3,
} as const

/** Values of `ControlPage.state`. CLOSING: the device has ended, and what clients had open is flushed and released. */
export const SessionState = { NEW: 0, SERVING: 1, ENDED: 2, CLOSING: 3 } as const

/** Offsets in what each worker has. */
export const WorkerPage = {
  /** Not 0 while the worker waits and must be woken to see a filled slot: 1 in its event loop, others of the addon. */
  sleeping: 0,
  /** 1 from attach to detach. */
  alive: 4,
  /** Raised at each attach: handles of an earlier worker on this page are known by it. */
  generation: 8,
  /** Raised when one of this worker's running requests was interrupted, or answered at its deadline. */
  interrupts: 12,
  /** 64 bits: requests this worker has finished. */
  served: 16,
  /** double, nanoseconds from reading to answering the request finished last; for the worker's own thread. */
  elapsed: 24,
  /** Raised whenever the worker's event loop comes to its bell: a sign of life. */
  turns: 32,
  /** 64 bits: requests that have come to this worker past the reader, whose own are in `ControlPage.requests`. */
  received: 40,
  /** Positions of the worker's own queue (requests on its object handles). */
  queue: 128,
  cells: 4096,
} as const

/** As many cells as there can be slots, so that a queue is never full. */
export const QUEUE_CAPACITY = 512
/** Offsets of a queue's two positions, in cache lines of their own. */
export const QueuePosition = { enqueue: 0, dequeue: 64, byteLength: 128 } as const
/** Offsets in one cell. */
export const QueueCell = { sequence: 0, value: 4, byteLength: 8 } as const

/** Values of `SlotHeader.state`. */
export const SlotState = { FREE: 0, ARMED: 1, FILLED: 2, RUNNING: 3, ANSWERED: 4 } as const

/** Offsets in a slot. */
export const SlotHeader = {
  state: 0,
  owner: 4,
  /** 64 bits; whoever swaps it to 0 has the right, and the duty, to answer. */
  unique: 8,
  opcode: 16,
  requestLength: 20,
  interrupted: 24,
  /** 0 or a negative errno; written by the worker before `finish`. */
  error: 28,
  /** Bytes of reply at `body`. */
  bodyLength: 32,
  /** Bytes of reply in the payload, sent after the body. */
  payloadLength: 36,
  /** 64 bits, CLOCK_MONOTONIC nanoseconds at which the request was read. */
  filledAt: 40,
  /** fuse_uring_req_header, 288 bytes: of a request that io_uring brought. */
  uringHeader: 128,
  outHeader: 512,
  body: 528,
  /** fuse_in_header; chosen so that WRITE data, 80 bytes further on, is page aligned. */
  request: 4016,
  payload: 4096,
} as const

/** Bytes available for a fixed reply body. */
export const BODY_CAPACITY: number = SlotHeader.request - SlotHeader.body

/** What decides where everything stands. */
export interface RingGeometry {
  /** 1 to 512. */
  readonly slotCount: number
  /** 1 to 64. */
  readonly workerCount: number
  /** Bytes of payload per slot, a multiple of 4096. */
  readonly payloadSize: number
}

/** Bytes from the ring's start. */
export function workerPageOffset(worker: WorkerIndex): number {
  return PAGE_SIZE + worker * WORKER_BYTES
}

/** Bytes from the ring's start. */
export function queueCellsOffset(geometry: RingGeometry, operationClass: number): number {
  return (
    workerPageOffset(geometry.workerCount) + operationClass * QUEUE_CAPACITY * QueueCell.byteLength
  )
}

/** Bytes from the ring's start to slot 0. */
export function slotsOffset(geometry: RingGeometry): number {
  const cells = CLASS_COUNT * QUEUE_CAPACITY * QueueCell.byteLength
  return workerPageOffset(geometry.workerCount) + Math.ceil(cells / PAGE_SIZE) * PAGE_SIZE
}

/** Bytes from one slot to the next. */
export function slotStride(geometry: RingGeometry): number {
  return PAGE_SIZE + geometry.payloadSize
}

/** Bytes of the whole ring. */
export function ringByteLength(geometry: RingGeometry): number {
  return slotsOffset(geometry) + geometry.slotCount * slotStride(geometry)
}

/**
 * Bytes of payload that hold every message: one WRITE, READ or READDIR of the negotiated size, and
 * 64 KiB of xattr value with its name (fuse-protocol: read buffer at least 80 + max_write).
 */
export function payloadSizeFor(maxWrite: number, maxPages: number): number {
  const bytes = Math.max(maxWrite, maxPages * PAGE_SIZE, 65536 + PAGE_SIZE)
  return Math.ceil(bytes / PAGE_SIZE) * PAGE_SIZE
}
