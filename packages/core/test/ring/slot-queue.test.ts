import { MAX_SLOTS, QUEUE_CAPACITY, QueueCell, QueuePosition, SlotQueue } from '@fuseloop/core/ring'
import * as fc from 'fast-check'
import t from 'tap'

const CELLS = QueuePosition.byteLength

/** A queue whose positions stand at `start`, as after that many pushes and pops. */
function queueAt(start: number): { queue: SlotQueue; words: Int32Array } {
  const bytes = CELLS + QUEUE_CAPACITY * QueueCell.byteLength
  const words = new Int32Array(new SharedArrayBuffer(bytes))
  const queue = new SlotQueue(words, 0, CELLS)
  queue.initialize()
  words[QueuePosition.enqueue >>> 2] = start | 0
  words[QueuePosition.dequeue >>> 2] = start | 0
  for (let ahead = 0; ahead < QUEUE_CAPACITY; ahead++) {
    const position = start + ahead
    words[(CELLS >>> 2) + (position % QUEUE_CAPACITY) * 2] = position | 0
  }
  return { queue, words }
}

const STARTS = [0, 1, 511, 512, 2 ** 31 - 300, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 300, 2 ** 32 - 1]

t.test('a queue that was just laid out is empty', async (t) => {
  const { queue } = queueAt(0)
  t.equal(queue.isEmpty, true)
  t.equal(queue.pop(), -1)
  t.equal(queue.pop(), -1, 'and stays so when asked')
})

for (const start of STARTS) {
  t.test(`from position ${start} on, slots leave in the order they came`, async (t) => {
    const { queue } = queueAt(start)
    for (const slot of [7, 0, 511]) queue.push(slot)
    t.equal(queue.isEmpty, false)
    t.same([queue.pop(), queue.pop(), queue.pop()], [7, 0, 511])
    t.equal(queue.isEmpty, true)
    t.equal(queue.pop(), -1)
  })

  t.test(`from position ${start} on, every slot finds room and one more does not`, async (t) => {
    const { queue } = queueAt(start)
    const slots = Array.from({ length: QUEUE_CAPACITY }, (_, index) => QUEUE_CAPACITY - 1 - index)
    for (const slot of slots) queue.push(slot)
    t.throws(() => queue.push(1), new RangeError('slot queue overflow'))
    t.same(
      slots.map(() => queue.pop()),
      slots,
      'a refused push changes nothing',
    )
    t.equal(queue.pop(), -1)
    queue.push(3)
    t.equal(queue.pop(), 3)
  })
}

t.test('positions wrap at 2^32 without a gap', async (t) => {
  const { queue, words } = queueAt(2 ** 32 - 1000)
  for (let round = 0; round < 3000; round++) {
    queue.push(round % MAX_SLOTS)
    if (queue.pop() !== round % MAX_SLOTS) t.fail(`round ${round}`)
  }
  t.equal(words[QueuePosition.enqueue >>> 2], 2000)
  t.equal(words[QueuePosition.dequeue >>> 2], 2000)
})

t.test('behaves as a list under any sequence of pushes and pops', async () => {
  const command = fc.oneof(fc.integer({ min: 0, max: MAX_SLOTS - 1 }), fc.constant('pop' as const))
  const run = fc.array(command, { maxLength: 1200, size: 'max' })
  await fc.assert(
    fc.property(fc.constantFrom(...STARTS), run, (start, commands) => {
      const { queue } = queueAt(start)
      const list: number[] = []
      for (const given of commands) {
        if (given === 'pop') {
          if (queue.pop() !== (list.shift() ?? -1)) return false
        } else if (list.length < QUEUE_CAPACITY) {
          queue.push(given)
          list.push(given)
        }
        if (queue.isEmpty !== (list.length === 0)) return false
      }
      return true
    }),
    { seed: 71, numRuns: 200 },
  )
})
