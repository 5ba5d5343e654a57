// A filesystem on one worker's seat, with the dispatcher and the native tables: names that begin with f are
// files, others can be made and are gone again. It keeps nothing, so that any worker serves any of it.

import { Dispatcher, RequestPump } from '@fuseloop/core/dispatch'
import { FileHandleTable, type InodeHandlers, type Text, textCodec } from '@fuseloop/core/inode'
import { type RequestRing, WorkerPage, workerPageOffset } from '@fuseloop/core/ring'
import { CachePolicy, resolveCache } from '@fuseloop/core/session'
import type { NativeBinding } from '@fuseloop/native'

const SIZE = 300_000
const FILE = { mode: 0o100644, size: SIZE }
const DIRECTORY = { mode: 0o040755 }

const handlers: InodeHandlers<Text, number | object> = {
  lookup: (_parent, name) => {
    return String(name).startsWith('f') ? { attributes: FILE, identity: bytes(name) } : undefined
  },
  forget: () => undefined,
  getattr: (node) => (node.nodeid === 1 ? DIRECTORY : FILE),
  setattr: async () => FILE,
  create: () => ({ attributes: FILE, handle: {} }),
  unlink: () => undefined,
  rename: () => undefined,
  /** Every second open has an object of this worker's. */
  open: ({ nodeid }) => (nodeid % 2 === 0 ? {} : nodeid),
  read: (file, buffer, position) => {
    const length = Math.min(buffer.byteLength, Math.max(0, SIZE - position))
    if (file.node.nodeid % 2 === 0) return Buffer.alloc(length, 'own')
    buffer.fill(1, 0, length)
    return length
  },
  write: async (_file, buffer) => buffer.byteLength,
  flush: () => undefined,
  fsync: () => undefined,
  release: () => undefined,
  opendir: () => ({ handle: 5 }),
  readdir: () => Array.from({ length: 100 }, (_, index) => `f${index}`),
  releasedir: () => undefined,
}

/** Serves until the session ends, then leaves the seat. */
export function serveOnSeat(
  binding: NativeBinding,
  session: number,
  worker: number,
  ring: RequestRing,
  onAnswered: () => void,
): void {
  let pump: RequestPump | undefined
  const seat = binding.attachWorker(session, worker, ring.bytes, () => pump?.turn())
  seat.nodes.keepForgotten()
  const { next, finish, finishWith, discard, yield: yieldTurn } = seat
  const transport = {
    next,
    finish,
    finishWith,
    discard,
    yield: yieldTurn,
    locks: seat.locks,
    get elapsed(): number {
      return ring.view.getFloat64(workerPageOffset(worker) + WorkerPage.elapsed, true)
    },
  }
  const dispatcher = new Dispatcher({
    ring,
    worker,
    handlers,
    nodes: seat.nodes,
    directories: seat.directories,
    openFiles: seat.openFiles,
    backingFiles: seat.backingFiles,
    handles: new FileHandleTable(worker, seat.generation),
    text: textCodec('utf8'),
    // Nothing is kept: every step of a client comes as requests, and nodes are forgotten again.
    cache: new CachePolicy(resolveCache({ entryTimeoutMs: 0, attributesTimeoutMs: 0 })),
    log: (message) => console.log(message),
    transport,
    onAnswered,
  })
  pump = new RequestPump(ring, worker, transport, dispatcher, () => seat.detach())
}

function bytes(name: Text): Uint8Array {
  return Buffer.from(name as string)
}
