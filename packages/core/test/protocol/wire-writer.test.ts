import * as fc from 'fast-check'
import t from 'tap'
import { hex, refuses, writerOf } from './wire-memory.js'

t.test('numbers are little endian and count from the reply', async (t) => {
  const target = writerOf(28)
  const { writer } = target
  writer.claim(0, 28)
  writer.u16(0, 0x0201)
  writer.u16(2, 0x8483)
  writer.u32(4, 0x86850403)
  writer.i32(8, -2)
  writer.words(12, 0x05060708, 0x81020304)
  writer.u64(20, 2 ** 32 + 5)
  t.equal(target.written(), '0102838403048586feffffff08070605040302810500000001000000')
  t.ok(target.intact())
})

t.test('64-bit numbers are written exactly or refused', async (t) => {
  const cases: [number | bigint, string][] = [
    [0, '0000000000000000'],
    [2 ** 32 - 1, 'ffffffff00000000'],
    [2 ** 32, '0000000001000000'],
    [2 ** 53 - 1, 'ffffffffffff1f00'],
    [0n, '0000000000000000'],
    [2n ** 53n, '0000000000002000'],
    [2n ** 64n - 1n, 'ffffffffffffffff'],
  ]
  for (const [value, bytes] of cases) {
    const target = writerOf(8)
    target.writer.claim(0, 8)
    target.writer.u64(0, value)
    t.equal(target.written(), bytes, `${value}`)
  }
  for (const value of [2 ** 53, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, -1n, 2n ** 64n]) {
    refuses(t, 'ERR_FUSE_UNSAFE_INTEGER', () => writerOf(8).writer.u64(0, value), `${value}`)
  }
})

t.test('signed numbers agree with BigInt', async (t) => {
  const safe = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -5, max: 5 }))
  await fc.assert(
    fc.property(safe, (value) => {
      const target = writerOf(8)
      target.writer.claim(0, 8)
      target.writer.i64(0, value)
      return Buffer.from(target.written(), 'hex').readBigInt64LE() === BigInt(value)
    }),
    { seed: 32 },
  )
  for (const value of [2 ** 53, -(2 ** 53), 1.5, Number.NaN]) {
    refuses(t, 'ERR_FUSE_UNSAFE_INTEGER', () => writerOf(8).writer.i64(0, value), `${value}`)
  }
})

t.test('the reply is as long as what was claimed', async (t) => {
  const { writer, written } = writerOf(16)
  t.equal(writer.length, 0)
  t.equal(writer.capacity, 16)
  writer.zero(4, 4)
  t.equal(writer.length, 8)
  t.equal(written(), '5a5a5a5a00000000')
  writer.bytes(2, hex('0102'))
  t.equal(writer.length, 8, 'a claim before the end does not shorten it')
  t.equal(written(), '5a5a010200000000')
})

t.test('nothing is written beyond the capacity', async (t) => {
  const target = writerOf(8)
  const { writer } = target
  writer.claim(0, 8)
  refuses(t, 'ERR_FUSE_NO_SPACE', () => writer.claim(0, 9), 'claim')
  refuses(t, 'ERR_FUSE_NO_SPACE', () => writer.zero(4, 5), 'zero')
  refuses(t, 'ERR_FUSE_NO_SPACE', () => writer.bytes(7, hex('0102')), 'bytes')
  t.equal(writer.length, 8)
  t.ok(target.intact())
})

t.test('reset begins a new reply', async (t) => {
  const { writer } = writerOf(8)
  writer.claim(0, 8)
  writer.reset(0, 4)
  t.equal(writer.length, 0)
  refuses(t, 'ERR_FUSE_NO_SPACE', () => writer.claim(0, 5), 'the new capacity counts')
})
