import { Dispatcher, RequestPump } from '@fuseloop/core/dispatch'
import { FileHandleTable, textCodec } from '@fuseloop/core/inode'
import { RequestRing, ringByteLength } from '@fuseloop/core/ring'
import {
  CachePolicy,
  MemoryBackingFiles,
  MemoryDirectoryTable,
  MemoryNodeTable,
  MemoryOpenFileTable,
  resolveCache,
} from '@fuseloop/core/session'
import { MemoryKernel, type Reply, RingTransport } from '@fuseloop/core/testing'
import t from 'tap'
import { FILE, gate, type Handlers, serve } from './served.js'

/** A pump that nobody drives but the test; `yields` counts its wishes for another turn. */
function pumped(handlers: Handlers, slotCount = 256) {
  const geometry = { slotCount, workerCount: 1, payloadSize: 8192 }
  const buffer = new SharedArrayBuffer(ringByteLength(geometry))
  const ring = RequestRing.create({ buffer, base: 0 }, geometry)
  const kernel = new MemoryKernel()
  kernel.initialize({ maxWrite: 4096 })
  const nodes = new MemoryNodeTable()
  const seen = { yields: 0, ends: 0, log: [] as string[] }
  const transport = new RingTransport({
    ring,
    endpoint: kernel.device,
    nodes,
    wake: () => seen.yields++,
  })
  const dispatcher = new Dispatcher({
    ring,
    worker: 0,
    handlers,
    nodes,
    directories: new MemoryDirectoryTable(),
    openFiles: new MemoryOpenFileTable(),
    backingFiles: new MemoryBackingFiles(),
    handles: new FileHandleTable(0, transport.generation),
    text: textCodec('utf8'),
    cache: new CachePolicy(resolveCache({ entryTimeoutMs: 0, attributesTimeoutMs: 0 })),
    log: (line) => seen.log.push(line),
    transport,
  })
  const pump = new RequestPump(ring, 0, transport, dispatcher, () => seen.ends++)
  return { pump, kernel, dispatcher, seen }
}

type Pumped = ReturnType<typeof pumped>

function sendMany({ kernel }: Pumped, count: number): Promise<Reply>[] {
  return Array.from({ length: count }, () => kernel.send(kernel.request.getattr(2)))
}

t.test('a turn serves 64 requests at most, then asks for another one', async (t) => {
  let served = 0
  const worker = pumped({
    getattr: () => {
      served++
      return FILE
    },
  })
  const replies = sendMany(worker, 150)
  for (const [expected, yields] of [
    [64, 1],
    [128, 2],
    [150, 2],
    [150, 2],
  ]) {
    worker.pump.turn()
    t.equal(served, expected)
    t.equal(worker.seen.yields, yields)
  }
  t.ok((await Promise.all(replies)).every((reply) => reply.error === 0))
})

t.test('behind a handler that waits a turn serves 8 more', async (t) => {
  const { opened, open } = gate()
  let served = 0
  const worker = pumped({
    getattr: () => {
      served++
      return opened.then(() => FILE)
    },
  })
  const replies = sendMany(worker, 20)
  for (const expected of [9, 18, 20]) {
    worker.pump.turn()
    t.equal(served, expected)
  }
  t.equal(worker.seen.yields, 2)
  t.equal(worker.dispatcher.pending, 20)
  open()
  t.ok((await Promise.all(replies)).every((reply) => reply.error === 0))
})

for (const [waiting, expected] of [
  [0, 9],
  [50, 59],
  [60, 64],
  [63, 64],
] as const) {
  t.test(`with request ${waiting} waiting, ${expected} are served in the turn`, async (t) => {
    let served = 0
    const { opened, open } = gate()
    const worker = pumped({
      getattr: () => (served++ === waiting ? opened.then(() => FILE) : FILE),
    })
    const replies = sendMany(worker, 100)
    worker.pump.turn()
    t.equal(served, expected)
    t.equal(worker.seen.yields, 1)
    open()
    while (served < 100) worker.pump.turn()
    t.ok((await Promise.all(replies)).every((reply) => reply.error === 0))
  })
}

t.test('failures and missing methods count as requests of the turn', async (t) => {
  const worker = pumped({})
  const replies = sendMany(worker, 70)
  worker.pump.turn()
  t.equal(worker.kernel.connection.unanswered, 6)
  worker.pump.turn()
  t.equal(worker.kernel.waiting, 0)
  t.ok((await Promise.all(replies)).every((reply) => reply.code === 'ENOSYS'))
})

t.test('a turn with nothing to do asks for nothing', async (t) => {
  const worker = pumped({})
  worker.pump.turn()
  worker.pump.turn()
  t.same(worker.seen, { yields: 0, ends: 0, log: [] })
})

t.test('the end of the session is told once, after what was read is served', async (t) => {
  let served = 0
  const worker = pumped({
    getattr: () => {
      served++
      return FILE
    },
  })
  const replies = sendMany(worker, 100)
  worker.pump.turn()
  t.equal(served, 64)
  worker.kernel.unmount()
  t.equal(worker.seen.ends, 0)
  for (let turn = 0; turn < 3; turn++) worker.pump.turn()
  t.equal(served, 100)
  t.equal(worker.seen.ends, 1)
  t.same(worker.seen.log, [], 'replies that nobody waits for are no fault')
  t.equal((await Promise.all(replies)).filter((reply) => reply.error === 0).length, 64)
})

t.test('an interrupt reaches signals in the next turn, and each of them once', async (t) => {
  const { opened, open } = gate()
  let aborts = 0
  const worker = pumped({
    mkdir: (_parent, _name, _mode, context) => {
      context.signal.addEventListener('abort', () => aborts++)
      return opened.then(() => ({ attributes: { mode: 0o040755 } }))
    },
  })
  const { kernel, pump } = worker
  const sent = kernel.requestSend(kernel.request.mkdir(1, 'd', 0))
  pump.turn()
  kernel.signal(sent)
  pump.turn()
  t.equal(aborts, 0, 'this turn has only read it')
  t.equal(worker.seen.yields, 1, 'and asked for the next')
  pump.turn()
  t.equal(aborts, 1)
  kernel.signal(sent)
  pump.turn()
  pump.turn()
  t.equal(aborts, 1, 'a repeated interrupt changes nothing')
  open()
  t.equal((await sent.reply).error, 0)
})

t.test('the event loop gets its turn between two of the pump', async (t) => {
  let served = 0
  let most = 0
  const session = serve(
    t,
    {
      getattr: () => {
        served++
        return FILE
      },
    },
    { slotCount: 256 },
  )
  const replies = Array.from({ length: 1000 }, () => session.send(session.request.getattr(2)))
  for (let before = 0; served < 1000; ) {
    await new Promise((resolve) => setImmediate(resolve))
    most = Math.max(most, served - before)
    before = served
  }
  t.equal(most, 64)
  await Promise.all(replies)
})
