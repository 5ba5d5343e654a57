import {
  ControlPage,
  MAX_SLOTS,
  RequestRing,
  RING_VERSION,
  type RingGeometry,
  SessionState,
  SlotHeader,
  SlotState,
} from '@fuseloop/core/ring'
import t from 'tap'
import { memoryFor, SMALL, smallRing } from './ring-memory.js'

function word(ring: RequestRing, slot: number, field: number): number {
  return ring.view.getUint32(ring.slotOffset(slot) + field, true)
}

function filledRing(unique: bigint): { ring: RequestRing; slot: number } {
  const ring = smallRing()
  const slot = ring.arm()
  ring.fill(slot, 3, 56, unique)
  return { ring, slot }
}

t.test('slots are armed from the lowest free one on', async (t) => {
  const ring = smallRing()
  t.same([ring.arm(), ring.arm(), ring.arm()], [0, 1, 2])
  ring.release(1)
  ring.release(0)
  t.same([ring.arm(), ring.arm(), ring.arm()], [0, 1, 3])
  t.equal(ring.arm(), -1, 'none is free')
  ring.release(2)
  t.equal(ring.arm(), 2)
})

for (const slotCount of [1, 31, 32, 33, 255, 256, 257, MAX_SLOTS]) {
  t.test(
    `all ${slotCount} slots can be armed, each once, and again after their release`,
    async (t) => {
      const ring = smallRing({ slotCount, payloadSize: 0 })
      const all = Array.from({ length: slotCount }, (_, slot) => slot)
      for (let round = 0; round < 2; round++) {
        t.same(
          all.map(() => ring.arm()),
          all,
        )
        t.equal(ring.arm(), -1)
        t.equal(ring.freeSlots, 0)
        for (const slot of all) ring.release(slot)
      }
    },
  )
}

t.test(`all ${MAX_SLOTS} slots go through each queue in their order`, async (t) => {
  const ring = smallRing({ slotCount: MAX_SLOTS, payloadSize: 0 })
  const all = Array.from({ length: MAX_SLOTS }, () => ring.arm())
  for (const slot of all) ring.fill(slot, 15, 80, BigInt(slot + 1))
  const queues = [...ring.queues, ring.workerQueue(0), ring.workerQueue(1)]
  for (const queue of queues) for (const slot of all) queue.push(slot)
  for (const queue of queues) {
    t.same(
      all.map(() => queue.pop()),
      all,
    )
    t.equal(queue.pop(), -1)
  }
  t.same(
    all.map((slot) => ring.findUnique(BigInt(slot + 1))),
    all,
    'each has kept its request',
  )
})

t.test('a slot goes from free through armed and filled to running, and back', async (t) => {
  const ring = smallRing()
  t.equal(word(ring, 0, SlotHeader.state), SlotState.FREE)
  const slot = ring.arm()
  t.equal(word(ring, slot, SlotHeader.state), SlotState.ARMED)
  ring.fill(slot, 15, 80, 0x1_0000_0002n)
  t.equal(word(ring, slot, SlotHeader.state), SlotState.FILLED)
  t.equal(word(ring, slot, SlotHeader.opcode), 15)
  t.equal(word(ring, slot, SlotHeader.requestLength), 80)
  t.equal(word(ring, slot, SlotHeader.unique), 2)
  t.equal(word(ring, slot, SlotHeader.unique + 4), 1)
  t.equal(ring.claim(slot, 1), true)
  t.equal(word(ring, slot, SlotHeader.state), SlotState.RUNNING)
  t.equal(word(ring, slot, SlotHeader.owner), 1)
  ring.release(slot)
  t.equal(word(ring, slot, SlotHeader.state), SlotState.FREE)
})

t.test('a filled slot is claimed once', async (t) => {
  const { ring, slot } = filledRing(8n)
  t.equal(ring.claim(slot, 0), true)
  t.equal(ring.claim(slot, 1), false)
})

t.test('a slot that was answered before it was claimed is not claimed', async (t) => {
  const { ring, slot } = filledRing(8n)
  ring.view.setUint32(ring.slotOffset(slot) + SlotHeader.state, SlotState.ANSWERED, true)
  t.equal(ring.claim(slot, 0), false)
  t.equal(word(ring, slot, SlotHeader.state), SlotState.ANSWERED, 'its state is left alone')
})

t.test('the right to answer is taken exactly once', async (t) => {
  for (const unique of [1n, 2n ** 32n, 2n ** 63n + 4n, 2n ** 64n - 1n]) {
    const { ring, slot } = filledRing(unique)
    t.equal(ring.takeUnique(slot), unique)
    t.equal(ring.takeUnique(slot), 0n)
    t.equal(ring.findUnique(unique), -1)
  }
})

t.test('a request is found by its unique while it is not answered', async (t) => {
  const ring = smallRing()
  for (let slot = 0; slot < 4; slot++) ring.fill(ring.arm(), 3, 56, BigInt(slot + 1) << 33n)
  t.equal(ring.findUnique(3n << 33n), 2)
  t.equal(ring.findUnique(4n << 33n), 3)
  t.equal(ring.findUnique(3n), -1)
  ring.takeUnique(2)
  t.equal(ring.findUnique(3n << 33n), -1)
})

t.test('an interrupt marks one slot, until it is filled again', async (t) => {
  const { ring, slot } = filledRing(8n)
  const other = ring.arm()
  ring.interrupt(slot)
  t.equal(word(ring, slot, SlotHeader.interrupted), 1)
  t.equal(word(ring, other, SlotHeader.interrupted), 0)
  ring.release(slot)
  t.equal(ring.arm(), slot)
  ring.fill(slot, 3, 56, 10n)
  t.equal(word(ring, slot, SlotHeader.interrupted), 0)
})

t.test('the session state is shared by all who opened the ring', async (t) => {
  const memory = memoryFor(SMALL)
  const ring = RequestRing.create(memory, SMALL)
  const other = RequestRing.open(memory)
  t.equal(other.state, SessionState.NEW)
  t.equal(other.isEnded, false)
  ring.state = SessionState.SERVING
  t.equal(other.state, SessionState.SERVING)
  t.equal(other.isEnded, false)
  ring.state = SessionState.ENDED
  t.equal(other.isEnded, true)
})

t.test(
  'an opened ring has the geometry, queues and slots of the one that was created',
  async (t) => {
    const memory = {
      buffer: new SharedArrayBuffer(4096 + memoryFor(SMALL).buffer.byteLength),
      base: 4096,
    }
    const ring = RequestRing.create(memory, SMALL)
    const other = RequestRing.open(memory)
    t.same(other.geometry, SMALL)
    ring.queues[2]?.push(3)
    ring.workerQueue(1).push(2)
    t.equal(other.queues[0]?.pop(), -1)
    t.equal(other.queues[2]?.pop(), 3)
    t.equal(other.workerQueue(0).pop(), -1)
    t.equal(other.workerQueue(1).pop(), 2)
    t.equal(other.arm(), 0)
    t.equal(ring.arm(), 1)
    t.equal(other.bytes.byteOffset, 4096)
  },
)

t.test('a geometry out of range is refused by name', async (t) => {
  const create = (change: Partial<RingGeometry>) => () =>
    RequestRing.create(memoryFor(SMALL), { ...SMALL, ...change })
  for (const slotCount of [0, -1, 1.5, Number.NaN, MAX_SLOTS + 1]) {
    t.throws(create({ slotCount }), { name: 'RangeError', message: /^slotCount: / }, `${slotCount}`)
  }
  for (const workerCount of [0, 65, 2.5]) {
    t.throws(create({ workerCount }), { name: 'RangeError', message: /^workerCount: / })
  }
  for (const payloadSize of [1, 4095, 5000]) {
    t.throws(create({ payloadSize }), { name: 'RangeError', message: /^payloadSize: / })
  }
})

t.test('memory that is too small is refused', async (t) => {
  const memory = memoryFor(SMALL)
  t.throws(() => RequestRing.create(memory, { ...SMALL, slotCount: 5 }), RangeError)
})

t.test('memory that holds no ring, or one of another version, is not opened', async (t) => {
  const memory = memoryFor(SMALL)
  t.throws(() => RequestRing.open(memory), /not a request ring/)
  const ring = RequestRing.create(memory, SMALL)
  ring.view.setUint32(ControlPage.version, 1, true)
  t.throws(() => RequestRing.open(memory), new RegExp(`version 1, expected ${RING_VERSION}`))
})
