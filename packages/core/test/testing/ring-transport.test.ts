import { NextResult, writeRequestRules } from '@fuseloop/core/dispatch'
import {
  RequestRing,
  readRingCounters,
  readWorkerCounters,
  ringByteLength,
  SlotHeader,
} from '@fuseloop/core/ring'
import { MemoryNodeTable } from '@fuseloop/core/session'
import { MemoryKernel, RingTransport } from '@fuseloop/core/testing'
import t from 'tap'

const ENOENT = -2
const ETIMEDOUT = -110
const EALREADY = -114
const GETATTR = 3
const NAME = Buffer.from('n')

function parts(slotCount = 4) {
  const geometry = { slotCount, workerCount: 2, payloadSize: 8192 }
  const buffer = new SharedArrayBuffer(ringByteLength(geometry))
  const ring = RequestRing.create({ buffer, base: 0 }, geometry)
  writeRequestRules(ring, {})
  const kernel = new MemoryKernel()
  kernel.initialize({ maxWrite: 4096 })
  const nodes = new MemoryNodeTable()
  const woken: true[] = []
  const transport = new RingTransport({
    ring,
    endpoint: kernel.device,
    nodes,
    wake: () => woken.push(true),
  })
  return { ring, kernel, nodes, transport, woken, request: kernel.request }
}

/** Describes an answer of `error`, or of zeros. */
function answer(ring: RequestRing, slot: number, error: number, body = 0, payload = 0): void {
  const offset = ring.slotOffset(slot)
  ring.view.setInt32(offset + SlotHeader.error, error, true)
  ring.view.setUint32(offset + SlotHeader.bodyLength, body, true)
  ring.view.setUint32(offset + SlotHeader.payloadLength, payload, true)
}

function opcodes(ring: RequestRing, slots: readonly number[]): number[] {
  return slots.map((slot) => ring.view.getUint32(ring.slotOffset(slot) + SlotHeader.opcode, true))
}

t.test('a request stands in its slot as it was sent, and its data is page aligned', async (t) => {
  const { ring, kernel, transport, request } = parts()
  const message = request.write(2, 3, 4096, 'data')
  void kernel.send(message)
  const slot = transport.next()
  t.equal(slot, 0)
  const start = ring.slotOffset(slot) + SlotHeader.request
  t.same(ring.bytes.subarray(start, start + message.byteLength), Buffer.from(message))
  t.equal(ring.bytes.toString('latin1', start + 80, start + 84), 'data')
  t.equal((start + 80) % 4096, 0)
  t.equal(ring.view.getUint32(ring.slotOffset(slot) + SlotHeader.requestLength, true), 84)
  t.equal(transport.next(), NextResult.IDLE)
})

t.test('what ends or frees is taken first, bulk data last', async (t) => {
  const { ring, kernel, transport, request } = parts()
  for (const message of [request.read(2, 0, 0, 1), request.getattr(1), request.release(2, 0)]) {
    void kernel.send(message)
  }
  const slots = [transport.next(), transport.next(), transport.next()]
  t.same(opcodes(ring, slots), [18, 3, 15])
})

t.test('a request is answered once: the second finish is refused', async (t) => {
  const { ring, kernel, transport, request } = parts()
  const reply = kernel.send(request.access(1, 4))
  const slot = transport.next()
  answer(ring, slot, -13)
  t.equal(transport.finish(slot), 0)
  t.equal(transport.finish(slot), EALREADY)
  t.equal(transport.finishWith(slot, NAME), EALREADY)
  t.equal((await reply).code, 'EACCES')
  t.equal(readWorkerCounters(ring, 0).served, 1)
  t.ok(transport.elapsed > 0)
})

t.test('a slot that was never taken is not finished', async (t) => {
  const { kernel, transport, request } = parts()
  void kernel.send(request.getattr(1))
  void kernel.send(request.getattr(1))
  transport.next()
  t.equal(transport.finish(1), EALREADY, 'filled')
  t.equal(transport.finish(3), EALREADY, 'free')
  t.equal(kernel.connection.unanswered, 2)
})

t.test('an answer after another one is late: counted, dropped, and the slot is free', async (t) => {
  const { ring, kernel, transport, request } = parts()
  void kernel.send(request.getattr(1))
  const slot = transport.next()
  ring.takeUnique(slot)
  answer(ring, slot, 0, 104)
  t.equal(transport.finish(slot), ETIMEDOUT)
  t.equal(readRingCounters(ring).lateReplies, 1)
  t.equal(ring.arm(), slot)
})

t.test('a reply whose client is gone is refused and counted, and the slot is free', async (t) => {
  const { ring, kernel, transport, request } = parts()
  const sent = kernel.requestSend(request.getattr(1))
  const slot = transport.next()
  kernel.connection.drop(sent.token)
  answer(ring, slot, 0, 104)
  t.equal(transport.finish(slot), ENOENT)
  t.equal(readRingCounters(ring).refusedReplies, 1)
  t.equal(ring.arm(), slot)
})

t.test('body and payload follow each other; bytes of its own stand for the payload', async (t) => {
  const { ring, kernel, transport, request } = parts()
  const replies = [kernel.send(request.read(2, 0, 0, 10)), kernel.send(request.read(2, 0, 0, 10))]
  const [first, second] = [transport.next(), transport.next()]
  ring.bytes.write('payload', ring.slotOffset(first) + SlotHeader.payload)
  answer(ring, first, 0, 0, 7)
  t.equal(transport.finish(first), 0)
  answer(ring, second, 0)
  t.equal(transport.finishWith(second, Buffer.from('own')), 0)
  t.same(
    (await Promise.all(replies)).map((reply) => reply.text),
    ['payload', 'own'],
  )
})

t.test('an error is sent without the body and bytes that stand beside it', async (t) => {
  const { ring, kernel, transport, request } = parts()
  const reply = kernel.send(request.read(2, 0, 0, 10))
  const slot = transport.next()
  answer(ring, slot, -5, 16, 7)
  t.equal(transport.finishWith(slot, NAME), 0)
  t.equal((await reply).code, 'EIO')
})

t.test(
  'with every slot taken a request waits, while FORGET and INTERRUPT get through',
  async (t) => {
    const { ring, kernel, nodes, transport, request, woken } = parts(2)
    const node = nodes.remember(1, NAME, undefined, 0o100000)
    const running = kernel.requestSend(request.mkdir(1, 'd', 0))
    void kernel.send(request.getattr(1))
    const slots = [transport.next(), transport.next()]
    kernel.requestSendNoReply(node, 1)
    kernel.signal(running)
    t.equal(transport.next(), NextResult.IDLE)
    t.equal(nodes.size, 1)
    void kernel.send(request.statfs(1))
    t.equal(transport.next(), NextResult.IDLE)
    const first = slots[0] as number
    t.equal(ring.view.getUint32(ring.slotOffset(first) + SlotHeader.interrupted, true), 1)
    t.equal(woken.length, 1, 'for the interrupt')
    answer(ring, first, -5)
    transport.finish(first)
    t.equal(woken.length, 2, 'for the request that waits')
    t.same(opcodes(ring, [transport.next()]), [17])
  },
)

t.test('an interrupt ends at once what no worker has begun and what only looks', async (t) => {
  const { ring, kernel, transport, request } = parts()
  const looks = kernel.requestSend(request.lookup(1, 'a'))
  const changes = kernel.requestSend(request.mkdir(1, 'd', 0))
  kernel.signal(looks)
  kernel.signal(changes)
  t.same(opcodes(ring, [transport.next()]), [9], 'the change goes on')
  t.equal((await looks.reply).code, 'EINTR')
  t.equal(transport.next(), NextResult.IDLE)
  t.equal(readRingCounters(ring).interrupts, 2)
  t.equal(ring.arm(), 0, 'the slot of what was ended is free')
})

t.test('FORGET and BATCH_FORGET lower the counts and are counted', async (t) => {
  const { ring, kernel, nodes, transport } = parts()
  const ids = ['a', 'b', 'c'].map((name) =>
    nodes.remember(1, Buffer.from(name), undefined, 0o100000),
  )
  nodes.remember(1, Buffer.from('c'), undefined, 0o100000)
  const [a = 0, b = 0, c = 0] = ids
  for (const nodeid of [a, b, c, 999]) kernel.requestSendNoReply(nodeid, 1)
  t.equal(transport.next(), NextResult.IDLE)
  t.equal(nodes.size, 2)
  t.equal(nodes.path(c)?.toString(), 'c')
  t.equal(readRingCounters(ring).forgets, 4)
})

t.test('forgotten nodes come in messages without a unique, none left out', async (t) => {
  const { ring, kernel, nodes, transport } = parts(2)
  nodes.keepForgotten()
  const ids = Array.from({ length: 150 }, (_, index) =>
    nodes.remember(1, Buffer.from(`f${index}`), Buffer.from(`id ${index}`), 0o100000),
  )
  for (const id of ids) kernel.requestSendNoReply(id, 1)
  const told: number[] = []
  for (let slot = transport.next(); slot >= 0; slot = transport.next()) {
    const start = ring.slotOffset(slot) + SlotHeader.request
    t.equal(ring.takeUnique(slot), 0n)
    const count = ring.view.getUint32(start + 40, true)
    for (let index = 0; index < count; index++) {
      told.push(Number(ring.view.getBigUint64(start + 48 + index * 80, true)))
    }
    transport.discard(slot)
  }
  t.same(told, ids)
})

t.test(
  'a request on an object handle goes to its worker, and fails when that is gone',
  async (t) => {
    const { ring, kernel, transport, request } = parts()
    const handle = (worker: bigint, generation: bigint): bigint =>
      (1n << 63n) | (worker << 56n) | (generation << 32n) | 1n
    t.equal(transport.generation, 1)
    void kernel.send(request.getattr(1))
    void kernel.send(request.read(2, handle(0n, 1n), 0, 1))
    t.same(opcodes(ring, [transport.next(), transport.next()]), [15, GETATTR], 'own queue first')
    const gone = [
      request.read(2, handle(0n, 2n), 0, 1),
      request.read(2, handle(1n, 1n), 0, 1),
      request.getattr(2, handle(63n, 1n)),
      request.release(2, handle(0n, 2n)),
      request.releasedir(2, handle(0n, 2n)),
    ].map((message) => kernel.send(message))
    t.equal(transport.next(), NextResult.IDLE)
    t.same(
      (await Promise.all(gone)).map((reply) => reply.error),
      [-5, -5, -5, 0, 0],
    )
  },
)

t.test('GETATTR without a handle is not routed by what stands in its place', async (t) => {
  const { ring, kernel, transport, request } = parts()
  const message = Buffer.from(request.getattr(2))
  message.writeBigUInt64LE((1n << 63n) | (5n << 56n), 48)
  void kernel.send(message)
  t.same(opcodes(ring, [transport.next()]), [GETATTR])
})

t.test('DESTROY is answered without a worker', async (t) => {
  const { kernel, transport, request } = parts()
  const reply = kernel.send(request.message(38, 0))
  t.equal(transport.next(), NextResult.IDLE)
  t.equal((await reply).error, 0)
})

t.test('what was read before the end is still served, then the session has ended', async (t) => {
  const { kernel, transport, request, ring } = parts()
  void kernel.send(request.getattr(1))
  void kernel.send(request.getattr(1))
  const slot = transport.next()
  kernel.abort()
  t.equal(transport.next(), 1)
  t.equal(transport.next(), NextResult.ENDED)
  t.equal(ring.isEnded, true)
  answer(ring, slot, -5)
  t.equal(transport.finish(slot), ENOENT)
})
