import {
  BODY_CAPACITY,
  CLASS_COUNT,
  ControlPage,
  MAX_SLOTS,
  MAX_WORKERS,
  PAGE_SIZE,
  payloadSizeFor,
  QUEUE_CAPACITY,
  QueueCell,
  QueuePosition,
  queueCellsOffset,
  type RingGeometry,
  ringByteLength,
  SlotHeader,
  slotStride,
  slotsOffset,
  WORKER_BYTES,
  WorkerPage,
  workerPageOffset,
} from '@fuseloop/core/ring'
import * as fc from 'fast-check'
import t, { type Test } from 'tap'

interface Area {
  readonly name: string
  readonly start: number
  readonly length: number
}

/** Nothing overlaps, and all of it lies in the first `length` bytes. */
function fits(t: Test, areas: readonly Area[], length: number): void {
  t.same(problems(areas, length), [])
}

function problems(areas: readonly Area[], length: number): string[] {
  const ordered = areas.toSorted((a, b) => a.start - b.start)
  return ordered.flatMap((area, index) => {
    const next = ordered[index + 1] ?? { name: 'the end', start: length }
    const end = area.start + area.length
    return end > next.start ? [`${area.name} ends at ${end}, ${next.name} is at ${next.start}`] : []
  })
}

function area(name: string, start: number, length = 4): Area {
  return { name, start, length }
}

/** The fields of a struct: 8 bytes for those named, 4 for the rest. */
function fields(layout: Readonly<Record<string, number>>, wide: readonly string[]): Area[] {
  return Object.entries(layout).map(([name, start]) =>
    area(name, start, wide.includes(name) ? 8 : 4),
  )
}

t.test('the checker sees an overlap', async (t) => {
  t.same(problems([area('a', 0), area('b', 3)], 8), ['a ends at 4, b is at 3'])
  t.same(problems([area('a', 5)], 8), ['a ends at 9, the end is at 8'])
})

t.test('nothing overlaps in the control page', async (t) => {
  const { freeBitmap, queues, ...words } = ControlPage
  const counters = ['requests', 'forgets', 'interrupts', 'lateReplies', 'wakes', 'refusedReplies']
  fits(
    t,
    [
      ...fields(words, counters),
      area('freeBitmap', freeBitmap, MAX_SLOTS / 8),
      area('queues', queues, CLASS_COUNT * QueuePosition.byteLength),
    ],
    PAGE_SIZE,
  )
})

t.test('nothing overlaps in what a worker has', async (t) => {
  const { queue, cells, ...words } = WorkerPage
  fits(
    t,
    [
      ...fields(words, ['served', 'elapsed']),
      area('queue', queue, QueuePosition.byteLength),
      area('cells', cells, QUEUE_CAPACITY * QueueCell.byteLength),
    ],
    WORKER_BYTES,
  )
})

t.test('nothing overlaps in a slot header', async (t) => {
  const { outHeader, body, request, payload, ...words } = SlotHeader
  fits(
    t,
    [
      ...fields(words, ['unique', 'filledAt']),
      area('outHeader', outHeader, 16),
      area('body', body, BODY_CAPACITY),
      // fuse_in_header with fuse_write_in; the data of a WRITE begins the payload.
      area('request', request, 80),
    ],
    payload,
  )
  t.equal(payload, PAGE_SIZE)
})

t.test(
  'a queue position and a cell hold their words, and positions share no cache line',
  async (t) => {
    fits(
      t,
      [area('enqueue', QueuePosition.enqueue, 64), area('dequeue', QueuePosition.dequeue, 64)],
      QueuePosition.byteLength,
    )
    fits(
      t,
      [area('sequence', QueueCell.sequence), area('value', QueueCell.value)],
      QueueCell.byteLength,
    )
    t.equal(QUEUE_CAPACITY & (QUEUE_CAPACITY - 1), 0, 'a power of two')
    t.ok(QUEUE_CAPACITY >= MAX_SLOTS, 'a cell for every slot')
  },
)

t.test('words that are used atomically are aligned', async (t) => {
  const wide = [SlotHeader.unique, SlotHeader.filledAt, WorkerPage.served, ControlPage.requests]
  t.same(
    wide.map((offset) => offset % 8),
    [0, 0, 0, 0],
  )
  for (const layout of [ControlPage, WorkerPage, SlotHeader, QueuePosition, QueueCell]) {
    t.ok(Object.values(layout).every((offset) => offset % 4 === 0))
  }
})

function areasOf(geometry: RingGeometry): Area[] {
  const list = [area('control page', 0, PAGE_SIZE)]
  for (let worker = 0; worker < geometry.workerCount; worker++) {
    list.push(area(`worker ${worker}`, workerPageOffset(worker), WORKER_BYTES))
  }
  for (let index = 0; index < CLASS_COUNT; index++) {
    const bytes = QUEUE_CAPACITY * QueueCell.byteLength
    list.push(area(`cells ${index}`, queueCellsOffset(geometry, index), bytes))
  }
  for (let slot = 0; slot < geometry.slotCount; slot++) {
    const start = slotsOffset(geometry) + slot * slotStride(geometry)
    list.push(area(`slot ${slot}`, start, SlotHeader.payload + geometry.payloadSize))
  }
  return list
}

t.test('nothing overlaps in a ring of any geometry', async (t) => {
  const geometries = fc.record({
    slotCount: fc.integer({ min: 1, max: MAX_SLOTS }),
    workerCount: fc.integer({ min: 1, max: MAX_WORKERS }),
    payloadSize: fc.integer({ min: 1, max: 257 }).map((pages) => pages * PAGE_SIZE),
  })
  await fc.assert(
    fc.property(geometries, (geometry) => {
      const slots = slotsOffset(geometry)
      return (
        problems(areasOf(geometry), ringByteLength(geometry)).length === 0 &&
        slots % PAGE_SIZE === 0 &&
        slotStride(geometry) % PAGE_SIZE === 0
      )
    }),
    { seed: 72, numRuns: 100 },
  )
  const largest = { slotCount: MAX_SLOTS, workerCount: MAX_WORKERS, payloadSize: 1048576 }
  fits(t, areasOf(largest), ringByteLength(largest))
})

t.test('the data of a WRITE is page aligned', async (t) => {
  t.equal((SlotHeader.request + 80) % PAGE_SIZE, 0)
})

t.test('a payload holds every message of the negotiated size', async (t) => {
  t.equal(payloadSizeFor(1048576, 256), 1048576)
  t.equal(payloadSizeFor(131072, 32), 131072)
  t.equal(payloadSizeFor(4096, 1), 65536 + PAGE_SIZE, 'an xattr value of 64 KiB with its name')
  t.equal(payloadSizeFor(4096, 256), 1048576, 'a READ of maxPages')
  t.equal(payloadSizeFor(100_000, 1), 102_400, 'whole pages')
})

t.test('a payload is at least as large as asked, and less than a page larger', async () => {
  const sizes = fc.tuple(fc.integer({ min: 4096, max: 1048576 }), fc.integer({ min: 1, max: 256 }))
  await fc.assert(
    fc.property(sizes, ([maxWrite, maxPages]) => {
      const size = payloadSizeFor(maxWrite, maxPages)
      const needed = Math.max(maxWrite, maxPages * PAGE_SIZE, 65536 + PAGE_SIZE)
      return size % PAGE_SIZE === 0 && size >= needed && size < needed + PAGE_SIZE
    }),
    { seed: 73, numRuns: 500 },
  )
})
