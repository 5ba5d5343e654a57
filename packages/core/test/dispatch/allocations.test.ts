// The requests that clients make most leave next to nothing for the garbage collector, beside what handlers make.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  createLatencies,
  Dispatcher,
  LatencyRecorder,
  NextResult,
  RequestPump,
  type RequestTransport,
} from '@fuseloop/core/dispatch'
import { FileHandleTable, textCodec } from '@fuseloop/core/inode'
import { RequestRing, ringByteLength, SlotHeader } from '@fuseloop/core/ring'
import {
  CachePolicy,
  MemoryBackingFiles,
  MemoryDirectoryTable,
  MemoryLockManager,
  MemoryNodeTable,
  MemoryOpenFileTable,
  resolveCache,
} from '@fuseloop/core/session'
import { opcodeOf, RequestBuilder } from '@fuseloop/core/testing'
import t from 'tap'
import type { Handlers } from './served.js'

/** Few enough that none fills the young generation, which begins with 1 MiB. */
const BATCH = 2000
/**
 * V8 makes an object of 16 bytes of a number above 2^31 that it passes to a function which it has not put into the
 * caller: some of them, by how it compiles. A Buffer, or the body of a READ as an object, would be more than this.
 */
const MOST_BYTES_PER_REQUEST = 96
/** Functions must have been compiled first, by a thread that takes its time. */
const MOST_BATCHES = 300

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Serves the request in slot 0 as often as it is told. */
class Repeating implements RequestTransport {
  readonly locks = new MemoryLockManager(() => true) as never
  readonly elapsed = 2000.5
  left = 0
  answered = 0

  next(): number {
    if (this.left === 0) return NextResult.IDLE
    this.left -= 1
    return 0
  }

  finish(): number {
    this.answered += 1
    return 0
  }

  finishWith(): number {
    return this.finish()
  }

  discard(): void {}
  yield(): void {}
}

function serving(handlers: Handlers, message: Uint8Array) {
  const geometry = { slotCount: 1, workerCount: 1, payloadSize: 8192 }
  const buffer = new SharedArrayBuffer(ringByteLength(geometry))
  const ring = RequestRing.create({ buffer, base: 0 }, geometry)
  const offset = ring.slotOffset(0)
  ring.bytes.set(message, offset + SlotHeader.request)
  ring.view.setUint32(offset + SlotHeader.opcode, opcodeOf(message), true)
  ring.view.setUint32(offset + SlotHeader.requestLength, message.byteLength, true)
  const transport = new Repeating()
  const latencies = new LatencyRecorder(createLatencies(1), 0)
  const dispatcher = new Dispatcher({
    ring,
    worker: 0,
    handlers,
    nodes: new MemoryNodeTable(),
    directories: new MemoryDirectoryTable(),
    openFiles: new MemoryOpenFileTable(),
    backingFiles: new MemoryBackingFiles(),
    handles: new FileHandleTable(0, 1),
    text: textCodec('utf8'),
    cache: new CachePolicy(resolveCache({})),
    log: (line) => t.fail(line),
    transport,
    onAnswered: (opcode, elapsedNs) => latencies.record(opcode, elapsedNs),
  })
  const pump = new RequestPump(ring, 0, transport, dispatcher, () => undefined)
  return (): number => {
    collect()
    const before = process.memoryUsage().heapUsed
    transport.answered = 0
    transport.left = BATCH
    while (transport.answered < BATCH) pump.turn()
    return (process.memoryUsage().heapUsed - before) / BATCH
  }
}

/** Bytes a request of the first batch that is below the limit; of the last one if none is. */
function bytesPerRequest(handlers: Handlers, message: Uint8Array): number {
  const batch = serving(handlers, message)
  let bytes = Number.POSITIVE_INFINITY
  for (let run = 0; run < MOST_BATCHES && bytes > MOST_BYTES_PER_REQUEST; run += 1) bytes = batch()
  return bytes
}

t.test('sync handlers of GETATTR, READ and WRITE leave next to no garbage', async (t) => {
  const request = new RequestBuilder()
  const root = { mode: 0o40755, size: 2 ** 33, mtimeMs: 1_764_000_000_123.5, uid: 2 ** 32 - 2 }
  const handlers: Handlers = {
    getattr: () => root,
    read: (_file, buffer) => buffer.length,
    write: (_file, buffer) => buffer.length,
  }
  const messages = {
    getattr: request.getattr(1),
    'getattr by handle': request.getattr(1, 7),
    read: request.read(1, 7, 8192, 4096),
    write: request.write(1, 7, 8192, new Uint8Array(4096)),
  }
  for (const [name, message] of Object.entries(messages)) {
    const bytes = bytesPerRequest(handlers, message)
    t.ok(bytes <= MOST_BYTES_PER_REQUEST, `${name}: ${bytes} bytes a request`)
  }
})

t.test('what a handler makes for each request is seen by this', async (t) => {
  const kept: object[] = []
  const handlers: Handlers = {
    getattr: () => {
      kept.length = 0
      kept.push({})
      return { mode: 0o40755 }
    },
  }
  const bytes = bytesPerRequest(handlers, new RequestBuilder().getattr(1))
  t.ok(bytes > MOST_BYTES_PER_REQUEST, `${bytes} bytes a request`)
})
