import { FileHandleTable, isHandle } from '@fuseloop/core/inode'
import * as fc from 'fast-check'
import t from 'tap'

t.test('an integer travels as it is, and any worker knows it', async (t) => {
  const table = new FileHandleTable(0, 1)
  const other = new FileHandleTable(63, 5)
  for (const handle of [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]) {
    const { low, high } = table.encode(handle)
    t.equal(BigInt(high) * 2n ** 32n + BigInt(low), BigInt(handle))
    t.equal(other.decode(low, high), handle)
  }
  t.equal(table.size, 0, 'nothing is kept')
})

t.test('every safe integer survives the round trip', async () => {
  const table = new FileHandleTable(1, 1)
  await fc.assert(
    fc.property(fc.maxSafeNat(), (handle) => {
      const { low, high } = table.encode(handle)
      return high < 2 ** 31 && table.decode(low, high) === handle
    }),
    { seed: 75, numRuns: 1000 },
  )
})

t.test('a number that no handler can have given is no handle, and is not rounded', async (t) => {
  const table = new FileHandleTable(0, 1)
  t.equal(table.decode(0xffffffff, 0x1fffff), 2 ** 53 - 1)
  t.equal(table.decode(0, 0x200000), undefined)
  t.equal(table.decode(1, 0x7fffffff), undefined)
})

t.test('an object is marked by bit 63, its worker and generation', async (t) => {
  const { high } = new FileHandleTable(63, 0xabcdef).encode({})
  t.equal(high, 0x80000000 + 63 * 2 ** 24 + 0xabcdef)
  t.equal(new FileHandleTable(0, 1).encode({}).high, 0x80000001)
})

t.test('an object is found in its own worker until it is freed', async (t) => {
  const table = new FileHandleTable(2, 1)
  const first = { name: 'first' }
  const second = { name: 'second' }
  const a = table.encode(first)
  const b = table.encode(second)
  t.not(a.low, b.low)
  t.equal(table.decode(a.low, a.high), first)
  t.equal(table.decode(b.low, b.high), second)
  t.equal(table.size, 2)
  table.free(a.low, a.high)
  t.equal(table.decode(a.low, a.high), undefined)
  t.equal(table.decode(b.low, b.high), second)
  t.equal(table.size, 1)
  table.free(a.low, a.high)
  t.equal(table.size, 1, 'freeing twice is harmless')
})

t.test('one object opened twice has two handles', async (t) => {
  const table = new FileHandleTable(0, 1)
  const object = {}
  const a = table.encode(object)
  const b = table.encode(object)
  table.free(a.low, a.high)
  t.equal(table.decode(b.low, b.high), object)
})

t.test('an object of another worker is unknown here, and not freed', async (t) => {
  const table = new FileHandleTable(1, 1)
  const other = new FileHandleTable(2, 1)
  const { low, high } = other.encode({})
  table.encode({})
  t.equal(table.decode(low, high), undefined)
  table.free(low, high)
  t.equal(table.size, 1)
})

t.test('an object of an earlier worker on the same seat is unknown', async (t) => {
  const earlier = new FileHandleTable(1, 1)
  const table = new FileHandleTable(1, 2)
  const { low, high } = earlier.encode({})
  table.encode({})
  t.equal(table.decode(low, high), undefined)
})

t.test('a generation is counted in 24 bits and never reaches the worker', async (t) => {
  const { high } = new FileHandleTable(1, 2 ** 24).encode({})
  t.equal(high, 0x81000000)
})

t.test('handles are objects and integers from 0 to 2^53-1', async (t) => {
  for (const value of [0, 1, 2 ** 53 - 1, {}, [], new Map()]) t.equal(isHandle(value), true)
  for (const value of [-1, 1.5, 2 ** 53, Number.NaN, Infinity, '1', 1n, null, undefined, true]) {
    t.equal(isHandle(value), false, String(value))
  }
})
