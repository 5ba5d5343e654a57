// Two workers of one session, in one thread: what they share, and what stays with one of them.

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
import { MemoryKernel, RingTransport, type SentRequest } from '@fuseloop/core/testing'
import t from 'tap'
import { everyName, gate, type Handlers } from './served.js'

const WORKERS = [0, 1] as const

/** `turn(worker)` is the only thing that makes a worker work. */
function twoWorkers(handlersOf: (worker: number) => Handlers) {
  const geometry = { slotCount: 8, workerCount: 2, payloadSize: 8192 }
  const buffer = new SharedArrayBuffer(ringByteLength(geometry))
  const ring = RequestRing.create({ buffer, base: 0 }, geometry)
  const kernel = new MemoryKernel()
  kernel.initialize({ maxWrite: 4096 })
  const nodes = new MemoryNodeTable()
  const directories = new MemoryDirectoryTable()
  const log: string[] = []
  const seats = WORKERS.map((worker) => {
    const parts = { ring, endpoint: kernel.device, nodes, worker }
    const transport = new RingTransport({ ...parts, wake: () => undefined })
    const dispatcher = new Dispatcher({
      ...parts,
      handlers: handlersOf(worker),
      directories,
      openFiles: new MemoryOpenFileTable(),
      backingFiles: new MemoryBackingFiles(),
      handles: new FileHandleTable(worker, transport.generation),
      text: textCodec('utf8'),
      cache: new CachePolicy(resolveCache({ entryTimeoutMs: 0, attributesTimeoutMs: 0 })),
      log: (line) => log.push(line),
      transport,
    })
    const pump = new RequestPump(ring, worker, transport, dispatcher, () => undefined)
    return { dispatcher, pump }
  })
  const turn = (worker: number): void => seats[worker]?.pump.turn()
  return { ring, kernel, seats, turn, log, request: kernel.request }
}

t.test('nodes and integer handles are served by any worker', async (t) => {
  const { kernel, request, turn } = twoWorkers((worker) =>
    everyName({
      open: () => 40 + worker,
      read: (file, buffer) => buffer.write(`${worker}: ${file.node.path} ${file.handle}`),
    }),
  )
  const found = kernel.send(request.lookup(1, 'f'))
  turn(0)
  const node = (await found).entry.nodeid
  const opening = kernel.send(request.open(node))
  turn(1)
  const { fh } = (await opening).opened
  for (const worker of WORKERS) {
    const reading = kernel.send(request.read(node, fh, 0, 100))
    turn(worker)
    t.equal((await reading).text, `${worker}: f 41`)
  }
})

t.test('a listing that one worker took is continued by the other', async (t) => {
  const calls: number[] = []
  const { kernel, request, turn } = twoWorkers((worker) => ({
    readdir: () => {
      calls.push(worker)
      return ['a', 'b', 'c']
    },
  }))
  const opening = kernel.send(request.opendir(1))
  turn(0)
  const { fh } = (await opening).opened
  const names: string[] = []
  let cookie = 0n
  for (let worker = 0; ; worker = 1 - worker) {
    // Room for two records of one letter or dot.
    const reading = kernel.send(request.readdir(1, fh, cookie, 64))
    turn(worker)
    const { dirents } = await reading
    if (dirents.length === 0) break
    names.push(...dirents.map(({ name }) => name))
    cookie = dirents.at(-1)?.cookie ?? 0n
  }
  t.same(names, ['.', '..', 'a', 'b', 'c'])
  t.same(calls, [0])
})

t.test('an object handle is served by its own worker, whoever reads the request', async (t) => {
  const released: unknown[] = []
  const { kernel, request, turn } = twoWorkers((worker) =>
    everyName({
      open: () => ({ handle: { worker } }),
      read: (file, buffer) => {
        t.same(file.handle, { worker })
        return buffer.write(`${worker}`)
      },
      release: (file) => void released.push(file.handle),
    }),
  )
  const found = kernel.send(request.lookup(1, 'f'))
  turn(0)
  const node = (await found).entry.nodeid
  for (const owner of WORKERS) {
    const opening = kernel.send(request.open(node))
    turn(owner)
    const { fh } = (await opening).opened
    const reading = kernel.send(request.read(node, fh, 0, 10))
    turn(1 - owner)
    t.equal(kernel.connection.unanswered, 1, 'left to its worker')
    turn(owner)
    t.equal((await reading).text, `${owner}`)
    const releasing = kernel.send(request.release(node, fh))
    turn(1 - owner)
    turn(owner)
    t.equal((await releasing).error, 0)
  }
  t.same(released, [{ worker: 0 }, { worker: 1 }])
})

t.test('an object handle that comes to another worker all the same is EBADF there', async (t) => {
  const { ring, kernel, request, turn, seats, log } = twoWorkers(() =>
    everyName({ open: () => ({ handle: {} }), read: () => t.fail('reached a handler') as never }),
  )
  const opening = kernel.send(request.open(1))
  turn(0)
  const { fh } = (await opening).opened
  const reading = kernel.send(request.read(1, fh, 0, 10))
  turn(1)
  const slot = ring.workerQueue(0).pop()
  t.ok(ring.claim(slot, 1))
  seats[1]?.dispatcher.dispatch(slot)
  t.equal((await reading).code, 'EBADF')
  t.same(log, [])
})

t.test('an interrupt that one worker reads reaches the handler of the other', async (t) => {
  const { opened, open } = gate()
  const signals: AbortSignal[] = []
  const { kernel, request, turn } = twoWorkers((worker) => ({
    mkdir: async (_parent, _name, _mode, context) => {
      t.equal(context.worker, worker)
      signals[worker] = context.signal
      await opened
      return { attributes: { mode: 0o040755 } }
    },
  }))
  const messages = WORKERS.map((worker) => request.mkdir(1, `d${worker}`, 0))
  const sent = messages.map((message, worker) => {
    const one = kernel.requestSend(message)
    turn(worker)
    return one
  })
  kernel.signal(sent[0] as SentRequest)
  turn(1)
  turn(1)
  t.equal(signals[0]?.aborted, false, 'not before its worker has its turn')
  turn(0)
  t.same(
    signals.map(({ aborted }) => aborted),
    [true, false],
  )
  open()
  t.ok((await Promise.all(sent.map(({ reply }) => reply))).every(({ error }) => error === 0))
})

t.test(
  'a copy between objects of two workers is EXDEV, within one it is its handler',
  async (t) => {
    const { kernel, request, turn } = twoWorkers((worker) =>
      everyName({
        open: () => ({ handle: { worker } }),
        copy_file_range: (source, _from, target) => {
          t.same([source.handle, target.handle], [{ worker }, { worker }])
          return 7
        },
      }),
    )
    const found = kernel.send(request.lookup(1, 'f'))
    turn(0)
    const nodeid = (await found).entry.nodeid
    const open = async (worker: number) => {
      const opening = kernel.send(request.open(nodeid))
      turn(worker)
      return { nodeid, fh: (await opening).opened.fh, offset: 0 }
    }
    const ends = [await open(0), await open(1)] as const
    for (const worker of WORKERS) {
      const source = ends[worker]
      const within = kernel.send(request.copyFileRange64(source, await open(worker), 10))
      turn(1 - worker)
      turn(worker)
      t.equal((await within).word, 7n)
      const between = kernel.send(
        request.copyFileRange64(source, ends[1 - worker] as typeof source, 10),
      )
      turn(worker)
      t.equal((await between).code, 'EXDEV')
    }
  },
)
