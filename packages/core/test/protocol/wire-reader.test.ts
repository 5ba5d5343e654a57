import { WireReader } from '@fuseloop/core/protocol'
import * as fc from 'fast-check'
import t from 'tap'
import { hex, range, readerOf, refuses } from './wire-memory.js'

t.test('numbers are little endian and count from the message', async (t) => {
  const reader = readerOf(hex('0102 03048586 fffffffe 0807060504030201'))
  t.equal(reader.length, 18)
  t.equal(reader.u16(0), 0x0201)
  t.equal(reader.u32(2), 0x86850403)
  t.equal(reader.i32(6), -0x1000001)
  t.equal(reader.u32(6), 0xfeffffff)
  t.equal(reader.low32(10), 0x05060708)
  t.equal(reader.high32(10), 0x01020304)
})

t.test('64-bit numbers are exact up to 2^53-1 and refused above', async (t) => {
  t.equal(readerOf(hex('ffffffff 00000000')).u64Safe(0), 2 ** 32 - 1)
  t.equal(readerOf(hex('00000000 01000000')).u64Safe(0), 2 ** 32)
  t.equal(readerOf(hex('ffffffff ffff1f00')).u64Safe(0), 2 ** 53 - 1)
  for (const above of ['00000000 00002000', '00000000 00000080', 'ffffffff ffffffff']) {
    refuses(t, 'ERR_FUSE_UNSAFE_INTEGER', () => readerOf(hex(above)).u64Safe(0), above)
  }
})

t.test('signed 64-bit numbers are exact on both sides of zero', async (t) => {
  t.equal(readerOf(hex('ffffffff ffffffff')).i64Safe(0), -1)
  t.equal(readerOf(hex('00000000 ffffffff')).i64Safe(0), -(2 ** 32))
  t.equal(readerOf(hex('01000000 0000e0ff')).i64Safe(0), -(2 ** 53) + 1)
  t.equal(readerOf(hex('ffffffff ffff1f00')).i64Safe(0), 2 ** 53 - 1)
  for (const beyond of ['00000000 0000e0ff', '00000000 00002000', '00000000 00000080']) {
    refuses(t, 'ERR_FUSE_UNSAFE_INTEGER', () => readerOf(hex(beyond)).i64Safe(0), beyond)
  }
})

t.test('random 64-bit numbers read as BigInt reads them', async () => {
  await fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
      const bytes = Buffer.alloc(8)
      bytes.writeBigUInt64LE(value)
      const reader = readerOf(bytes)
      if (value > BigInt(Number.MAX_SAFE_INTEGER)) return throws(() => reader.u64Safe(0))
      return BigInt(reader.u64Safe(0)) === value
    }),
    { seed: 31 },
  )
})

t.test('a length is required before it is read', async (t) => {
  const reader = readerOf(hex('010203'))
  reader.require(0)
  reader.require(3)
  refuses(t, 'ERR_FUSE_SHORT_READ', () => reader.require(4), 'one byte too many')
  refuses(t, 'ERR_FUSE_SHORT_READ', () => reader.require(2 ** 53), 'far too many')
})

t.test('names end at their NUL and follow each other', async (t) => {
  const reader = readerOf(Buffer.from('xxold\0new\0rest', 'latin1'))
  t.equal(reader.name(2), 6)
  t.equal(range(reader, reader.nameStart, reader.nameEnd), 'old')
  t.equal(reader.name(6), 10)
  t.equal(range(reader, reader.nameStart, reader.nameEnd), 'new')
  refuses(t, 'ERR_FUSE_SHORT_READ', () => reader.name(10), 'no NUL in the message')
  refuses(t, 'ERR_FUSE_SHORT_READ', () => reader.name(14), 'at the end')
  refuses(t, 'ERR_FUSE_SHORT_READ', () => reader.name(99), 'behind the end')
})

t.test('a name may hold every byte but NUL and slash', async (t) => {
  for (let byte = 0; byte < 256; byte++) {
    const reader = readerOf(Uint8Array.of(0x61, byte, 0x62, 0))
    if (byte === 0x2f) {
      refuses(t, 'ERR_FUSE_BAD_NAME', () => reader.name(0), 'a slash')
      t.equal(reader.path(0), 4, 'a path may hold it')
    } else {
      t.equal(reader.name(0), byte === 0 ? 2 : 4, `byte ${byte}`)
    }
  }
})

t.test('an empty name is refused', async (t) => {
  refuses(t, 'ERR_FUSE_BAD_NAME', () => readerOf(hex('00')).name(0), 'name')
  refuses(t, 'ERR_FUSE_BAD_NAME', () => readerOf(hex('00')).path(0), 'path')
})

t.test('one reader moves from message to message', async (t) => {
  const memory = Uint8Array.from([1, 0, 0, 0, 2, 0, 0, 0])
  const reader = new WireReader(new DataView(memory.buffer), memory)
  reader.reset(0, 4)
  t.equal(reader.u32(0), 1)
  reader.reset(4, 8)
  t.equal(reader.u32(0), 2)
  t.same([reader.start, reader.end, reader.length], [4, 8, 4])
})

function throws(action: () => unknown): boolean {
  try {
    action()
    return false
  } catch {
    return true
  }
}
