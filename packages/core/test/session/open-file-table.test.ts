import { MemoryOpenFileTable } from '@fuseloop/core/session'
import t from 'tap'

/** The upper half of an object handle of a worker's first incarnation. */
function objectOf(worker: number): number {
  return (0x80000000 | (worker << 24) | 1) >>> 0
}

t.test('the handle opened last is found, until its open is over', async (t) => {
  const table = new MemoryOpenFileTable()
  t.equal(table.find(2), undefined)
  table.add(2, 7, 0)
  table.add(2, 8, 1)
  table.add(3, 9, 0)
  t.same(table.find(2), { low: 8, high: 1 })
  table.remove(2, 8, 1)
  t.same(table.find(2), { low: 7, high: 0 })
  table.remove(2, 7, 0)
  t.equal(table.find(2), undefined)
  t.equal(table.size, 1)
})

t.test('a handle that is open twice is over twice', async (t) => {
  const table = new MemoryOpenFileTable()
  table.add(2, 0, 0)
  table.add(2, 0, 0)
  table.remove(2, 0, 0)
  t.same(table.find(2), { low: 0, high: 0 })
  table.remove(2, 0, 0)
  table.remove(2, 0, 0)
  table.remove(9, 0, 0)
  t.equal(table.find(2), undefined)
  t.equal(table.size, 0)
})

t.test('opens are listed with what they were opened with', async (t) => {
  const table = new MemoryOpenFileTable()
  table.add(2, 7, 0, 2)
  table.add(2, 7, 0, 0)
  table.add(3, 7, 0, 1)
  t.same(table.list(), [
    { nodeid: 2, low: 7, high: 0, flags: 2 },
    { nodeid: 2, low: 7, high: 0, flags: 0 },
    { nodeid: 3, low: 7, high: 0, flags: 1 },
  ])
  table.remove(3, 7, 0)
  t.same(
    [table.isOpen(2, { low: 7, high: 0 }), table.isOpen(3, { low: 7, high: 0 })],
    [true, false],
  )
})

t.test("a worker's objects go with it, integers and others' stay", async (t) => {
  const table = new MemoryOpenFileTable()
  table.add(2, 1, objectOf(1))
  table.add(2, 2, objectOf(1))
  table.add(2, 5, 0)
  table.add(2, 1, objectOf(3))
  table.add(3, 3, objectOf(1))
  table.dropWorker(1)
  t.equal(table.size, 2)
  t.equal(table.find(3), undefined)
  table.remove(2, 1, objectOf(3))
  t.same(table.find(2), { low: 5, high: 0 })
})
