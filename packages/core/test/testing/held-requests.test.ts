// Requests that no slot is free for: they wait beside the ring, and what comes behind them does not.

import { NextResult, writeRequestRules } from '@fuseloop/core/dispatch'
import { Errno, InitFlag } from '@fuseloop/core/protocol'
import {
  MAX_HELD,
  RequestRing,
  readRingCounters,
  ringByteLength,
  SlotHeader,
} from '@fuseloop/core/ring'
import { type DeviceEndpoint, MemoryNodeTable, type RequestRules } from '@fuseloop/core/session'
import { RequestBuilder, RingTransport, uniqueOf } from '@fuseloop/core/testing'
import t from 'tap'

const RESENT = 1n << 63n
const NAME = Buffer.from('n')

/** Hands out messages in the order of the test, which no kernel may have. */
class Script implements DeviceEndpoint {
  readonly pending: Uint8Array[] = []
  readonly replies: [unique: bigint, error: number][] = []

  read(target: Uint8Array): number {
    const message = this.pending.shift()
    if (message === undefined) return -Errno.EAGAIN
    target.set(message)
    return message.byteLength
  }

  writev(pieces: readonly Uint8Array[]): number {
    const reply = Buffer.concat(pieces)
    this.replies.push([reply.readBigUInt64LE(8), reply.readInt32LE(4)])
    return reply.byteLength
  }

  close(): void {}
}

function scripted(slotCount: number, rules: RequestRules = {}) {
  const geometry = { slotCount, workerCount: 1, payloadSize: 4096 }
  const memory = { buffer: new SharedArrayBuffer(ringByteLength(geometry)), base: 0 }
  const ring = RequestRing.create(memory, geometry)
  writeRequestRules(ring, rules)
  const device = new Script()
  const nodes = new MemoryNodeTable()
  const transport = new RingTransport({ ring, endpoint: device, nodes, wake: () => undefined })
  const request = new RequestBuilder()
  const put = <M extends Uint8Array>(message: M): bigint => {
    device.pending.push(message)
    return uniqueOf(message)
  }
  /** What the next handler gets; its slot stays taken. */
  const take = () => {
    const slot = transport.next()
    if (slot < 0) return { slot, unique: 0n, interrupted: false }
    const interrupted = ring.view.getUint32(ring.slotOffset(slot) + SlotHeader.interrupted, true)
    return { slot, unique: ring.unique(slot), interrupted: interrupted === 1 }
  }
  const finish = (slot: number): number => {
    ring.view.setInt32(ring.slotOffset(slot) + SlotHeader.error, -Errno.EACCES, true)
    return transport.finish(slot)
  }
  return { ring, device, nodes, transport, request, put, take, finish }
}

function interruptOf(request: RequestBuilder, unique: bigint): Uint8Array {
  return request.interrupt(unique)
}

t.test('they keep their order, and FORGET and INTERRUPT get through behind them', async (t) => {
  const { ring, nodes, request, put, take, finish } = scripted(1)
  const node = nodes.remember(1, NAME, undefined, 0o100000)
  const uniques = [1, 2, 3, 4].map((index) => put(request.mkdir(1, `d${index}`, 0)))
  put(request.forget(node, 1))
  put(interruptOf(request, uniques[0] as bigint))
  put(interruptOf(request, uniques[2] as bigint))
  const first = take()
  t.equal(first.unique, uniques[0])
  t.equal(nodes.size, 1, 'the FORGET is done')
  t.equal(first.interrupted, true, 'the INTERRUPT of the running one is there')
  t.equal(readRingCounters(ring).held, 3)
  const seen = [first]
  for (let index = 1; index < 4; index++) {
    finish(seen.at(-1)?.slot ?? -1)
    seen.push(take())
  }
  t.same(
    seen.map(({ unique }) => unique),
    uniques,
  )
  t.same(
    seen.map(({ interrupted }) => interrupted),
    [true, false, true, false],
    'a handler learns of an interrupt from before its time',
  )
  t.equal(readRingCounters(ring).held, 0)
})

t.test('an interrupt ends a held request that only looks', async (t) => {
  const { ring, device, request, put, take, finish } = scripted(1)
  put(request.mkdir(1, 'd', 0))
  const looks = put(request.lookup(1, 'a'))
  put(interruptOf(request, looks))
  const { slot } = take()
  t.same(device.replies, [[looks, -Errno.EINTR]])
  t.equal(readRingCounters(ring).held, 0)
  finish(slot)
  t.equal(take().slot, NextResult.IDLE)
})

t.test('with as many held as may be the rest waits in the kernel', async (t) => {
  const { ring, device, request, put, take, finish } = scripted(1)
  for (let index = 0; index < MAX_HELD + 10; index++) put(request.getattr(1))
  const { slot } = take()
  t.equal(readRingCounters(ring).held, MAX_HELD)
  t.equal(device.pending.length, 9)
  finish(slot)
  take()
  t.equal(readRingCounters(ring).held, MAX_HELD)
  t.equal(device.pending.length, 8)
})

const EARLY = [
  ['read', 'signal', true, false],
  ['read', 'cancel', false, true],
  ['mkdir', 'signal', true, false],
  ['mkdir', 'ignore', false, false],
  ['mkdir', 'answer', false, true],
] as const

for (const [method, policy, interrupted, cancelled] of EARLY) {
  t.test(`an INTERRUPT that comes before its ${method}: ${policy}`, async (t) => {
    const rules = { interrupts: { [method]: policy } }
    const { device, request, put, take } = scripted(2, rules)
    const message = method === 'read' ? request.read(2, 0, 0, 1) : request.mkdir(1, 'd', 0)
    const unique = uniqueOf(message)
    put(interruptOf(request, unique))
    const before = put(request.getattr(1))
    put(message)
    t.equal(take().unique, before, 'it is not meant for others')
    const { slot, interrupted: seen } = take()
    t.equal(slot === NextResult.IDLE, cancelled)
    t.equal(seen, interrupted)
    t.same(device.replies, cancelled ? [[unique, -Errno.EINTR]] : [])
  })
}

t.test(
  'an INTERRUPT whose request does not come is given back, and the list is bounded',
  async (t) => {
    const { device, request, put, take, finish } = scripted(1)
    put(interruptOf(request, 1_000_000n))
    for (let index = 0; index < 33; index++) {
      put(request.getattr(1))
      finish(take().slot)
    }
    t.same(
      device.replies.filter(([, error]) => error === -Errno.EAGAIN),
      [[1_000_001n, -Errno.EAGAIN]],
    )
    device.replies.length = 0
    for (let index = 0; index < 66; index++)
      put(interruptOf(request, BigInt(2_000_000 + 2 * index)))
    t.equal(take().slot, NextResult.IDLE)
    t.same(
      device.replies,
      [2_000_001n, 2_000_003n].map((unique) => [unique, -Errno.EAGAIN]),
    )
  },
)

t.test(
  'a request that is sent again while it is in hand is answered under its new unique',
  async (t) => {
    const { ring, device, request, put, take, finish } = scripted(1)
    ring.grant(InitFlag.HAS_RESEND)
    const [running, held] = [request.mkdir(1, 'd', 0), request.mkdir(1, 'e', 0)].map(Buffer.from)
    const uniques = [running, held].map((message) => put(message as Buffer))
    const { slot } = take()
    for (const message of [running, held]) {
      const again = Buffer.from(message as Buffer)
      again.writeBigUInt64LE(uniqueOf(again) | RESENT, 8)
      put(again)
      put(again)
    }
    t.equal(take().slot, NextResult.IDLE)
    t.equal(readRingCounters(ring).held, 1, 'not run twice')
    finish(slot)
    finish(take().slot)
    t.same(
      device.replies,
      uniques.map((unique) => [unique | RESENT, -Errno.EACCES]),
    )
    t.equal(take().slot, NextResult.IDLE)
  },
)

t.test('where RESEND was not agreed on the bit means nothing', async (t) => {
  const { request, put, take } = scripted(2)
  const unique = put(request.mkdir(1, 'd', 0))
  const again = Buffer.from(request.mkdir(1, 'd', 0))
  again.writeBigUInt64LE(unique | RESENT, 8)
  put(again)
  t.same([take().unique, take().unique], [unique, unique | RESENT])
})

t.test(
  'data that is stuck leaves slots for metadata, and both leave some for control',
  async (t) => {
    const { ring, request, put, take, finish } = scripted(32)
    const reads = Array.from({ length: 40 }, () => put(request.read(1, 0n, 0, 10)))
    const looks = Array.from({ length: 5 }, () => put(request.getattr(1)))
    const released = put(request.release(1, 0n))
    const taken: { readonly slot: number; readonly unique: bigint }[] = []
    for (let one = take(); one.slot >= 0; one = take()) taken.push(one)
    const uniques = new Set(taken.map(({ unique }) => unique))
    const among = (all: readonly bigint[]): number => all.filter((one) => uniques.has(one)).length
    t.same([among(reads), among(looks), among([released])], [28, 2, 1])
    t.equal(readRingCounters(ring).held, 40 - 28 + 5 - 2)
    for (const { slot } of taken.slice(-2)) finish(slot)
    t.equal(take().unique, looks[2], 'metadata first')
  },
)
