import { statSync } from 'node:fs'
import {
  type Attributes,
  decodeStatx,
  encodeStatxOut,
  Opcode,
  type StatxAttributes,
} from '@fuseloop/core/protocol'
import * as fc from 'fast-check'
import t from 'tap'
import { hex, readerOf, refuses, refusesPrefixes, request, writerOf } from './wire-memory.js'

t.test('STATX', async (t) => {
  const message = request(Opcode.STATX, hex('01000000 00000000 0700000000000080 00200000 ff0f0000'))
  t.same(decodeStatx(readerOf(message)), {
    hasHandle: true,
    fhLow: 7,
    fhHigh: 0x80000000,
    flags: 0x2000,
    mask: 0xfff,
  })
  refusesPrefixes(t, message, decodeStatx)
  message[40] = 0
  t.equal(decodeStatx(readerOf(message)).hasHandle, false)
})

function encoded(attributes: StatxAttributes, timeoutMs = 0): Buffer {
  const target = writerOf(288)
  encodeStatxOut(target.writer, 0, 9, timeoutMs, attributes)
  t.ok(target.intact())
  return Buffer.from(target.written(), 'hex')
}

t.test('statx_out: every field', async (t) => {
  const bytes = encoded(
    {
      mode: 0o100644,
      size: 2 ** 40,
      nlink: 2,
      uid: 3,
      gid: 4,
      ino: 5n,
      rdev: 0x1234_5678,
      blocks: 6,
      blksize: 512,
      atimeNs: -1n,
      mtimeMs: 1500,
      ctime: new Date(2000),
      birthtimeNs: 3_000_000_004n,
      attributes: 0x10,
      attributesMask: 0x30n,
    },
    1500,
  )
  const words = (start: number, count: number) =>
    Array.from({ length: count }, (_, at) => bytes.readUInt32LE(start + 4 * at))
  t.same(words(0, 8), [1, 0, 500_000_000, 0, 0, 0, 0, 0], 'valid for 1.5 s, no flags')
  t.same(words(32, 6), [0xfff, 512, 0x10, 0, 2, 3], 'mask blksize attributes nlink uid')
  t.same(words(56, 10), [4, 0o100644, 5, 0, 0, 256, 6, 0, 0x30, 0], 'gid to attributes_mask')
  t.same(words(96, 4), [0xffffffff, 0xffffffff, 999_999_999, 0], 'atime')
  t.same(words(112, 4), [3, 0, 4, 0], 'btime')
  t.same(words(128, 4), [2, 0, 0, 0], 'ctime')
  t.same(words(144, 4), [1, 0, 500_000_000, 0], 'mtime')
  t.same(words(160, 4), [0x456, 0x12378, 0, 0], 'rdev and dev')
  t.same(bytes.subarray(176), Buffer.alloc(112), 'spare')
})

t.test('without a time of birth, or with the epoch, the mask has none', async (t) => {
  const none: Partial<Attributes>[] = [
    {},
    { birthtimeNs: 0n },
    { birthtimeMs: 0 },
    { birthtime: new Date(0) },
  ]
  for (const more of none) t.equal(encoded({ mode: 0o100644, ...more }).readUInt32LE(32), 0x7ff)
  for (const more of [{ birthtimeNs: 1n }, { birthtimeMs: 0.5 }, { birthtime: -1 }])
    t.equal(encoded({ mode: 0o100644, ...more }).readUInt32LE(32), 0xfff)
})

t.test("node's Stats and BigIntStats do", async (t) => {
  const exact = statSync('/', { bigint: true })
  t.equal(encoded(exact).readBigUInt64LE(32 + 32), exact.ino)
  t.equal(encoded(exact).readBigInt64LE(112), exact.birthtimeNs / 1_000_000_000n)
  t.equal(encoded(statSync('/')).readUInt16LE(32 + 28), Number(exact.mode))
})

t.test('devices come apart as the kernel put them together', async () => {
  const encode = ([major, minor]: [number, number]): number =>
    ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0
  await fc.assert(
    fc.property(fc.nat({ max: 0xfff }), fc.nat({ max: 0xfffff }), (major, minor) => {
      const bytes = encoded({ mode: 0o020644, rdev: encode([major, minor]) })
      return bytes.readUInt32LE(160) === major && bytes.readUInt32LE(164) === minor
    }),
    { seed: 52, numRuns: 300 },
  )
})

t.test('what the kernel would refuse is refused by name', async (t) => {
  for (const [field, value] of [
    ['mode', 0o644],
    ['mode', undefined],
    ['size', -1],
    ['ino', 1.5],
    ['uid', 2 ** 32],
    ['blocks', Number.NaN],
    ['attributes', -1n],
    ['birthtimeMs', Number.NaN],
    ['mtimeNs', 5],
  ] as const) {
    const attributes = { mode: 0o100644, [field]: value } as StatxAttributes
    const encode = () => encoded(attributes)
    refuses(t, 'ERR_FUSE_BAD_ATTRIBUTES', encode, `${field}: ${value}`)
    t.throws(encode, {
      message: new RegExp(field === 'birthtimeMs' ? 'birthtime' : field.slice(0, 4)),
    })
  }
  refuses(
    t,
    'ERR_FUSE_NO_SPACE',
    () => encodeStatxOut(writerOf(287).writer, 0, 1, 0, { mode: 0o100644 }),
    'short',
  )
})
