import { lstatSync } from 'node:fs'
import {
  type Attributes,
  encodeAttributes,
  encodeAttrOut,
  encodeEntryOut,
  encodeNegativeEntry,
  FuseAttr,
} from '@fuseloop/core/protocol'
import * as fc from 'fast-check'
import t from 'tap'
import { refuses, writerOf } from './wire-memory.js'

const REGULAR = 0o100644

function encoded(attributes: Attributes, ino = 77): Buffer {
  const target = writerOf(88)
  encodeAttributes(target.writer, 0, attributes, ino)
  t.ok(target.intact())
  return Buffer.from(target.written(), 'hex')
}

function mtimeOf(attributes: Omit<Attributes, 'mode'>): [bigint, number] {
  const bytes = encoded({ mode: REGULAR, ...attributes })
  return [bytes.readBigInt64LE(FuseAttr.mtime), bytes.readUInt32LE(FuseAttr.mtimensec)]
}

t.test('every field has its place', async (t) => {
  const bytes = encoded({
    ino: 1,
    size: 2,
    blocks: 3,
    atimeNs: 4_000_000_005n,
    mtimeNs: 6_000_000_007n,
    ctimeNs: 8_000_000_009n,
    mode: 0o060600,
    nlink: 10,
    uid: 11,
    gid: 12,
    rdev: 13,
    blksize: 14,
  })
  const words = [1, 0, 2, 0, 3, 0, 4, 0, 6, 0, 8, 0, 5, 7, 9, 0o060600, 10, 11, 12, 13, 14, 0]
  t.same(
    Array.from({ length: 22 }, (_, at) => bytes.readUInt32LE(4 * at)),
    words,
  )
})

t.test('what is missing has a default', async (t) => {
  const bytes = encoded({ mode: REGULAR, size: 513 })
  const words = [77, 0, 513, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, REGULAR, 1, 0, 0, 0, 4096, 0]
  t.same(
    Array.from({ length: 22 }, (_, at) => bytes.readUInt32LE(4 * at)),
    words,
  )
  const blocks = (size: number | bigint) => encoded({ mode: REGULAR, size }).readBigUInt64LE(16)
  t.same([blocks(0), blocks(1), blocks(512), blocks(513n)], [0n, 1n, 1n, 2n])
  t.equal(blocks(2n ** 63n - 1n), 2n ** 54n)
})

t.test("node's Stats and BigIntStats say the same", async (t) => {
  for (const path of ['/', '/dev/null', process.execPath]) {
    const exact = lstatSync(path, { bigint: true })
    const bytes = encoded(exact)
    t.equal(bytes.readBigUInt64LE(FuseAttr.ino), exact.ino)
    t.equal(bytes.readBigUInt64LE(FuseAttr.size), exact.size)
    t.equal(bytes.readUInt32LE(FuseAttr.mode), Number(exact.mode))
    t.equal(bytes.readUInt32LE(FuseAttr.rdev), Number(exact.rdev))
    t.equal(
      bytes.readBigInt64LE(FuseAttr.mtime) * 1_000_000_000n +
        BigInt(bytes.readUInt32LE(FuseAttr.mtimensec)),
      exact.mtimeNs,
    )
    const rounded = encoded(lstatSync(path))
    t.same(words(rounded), words(bytes), `${path}, but for nanoseconds`)
    for (const field of [FuseAttr.atimensec, FuseAttr.mtimensec, FuseAttr.ctimensec]) {
      const difference = rounded.readUInt32LE(field) - bytes.readUInt32LE(field)
      t.ok(Math.abs(difference) < 200, `${path}: off by ${difference} ns`)
    }
  }
})

/** Without nanoseconds, and without atime's seconds, which reading may move. */
function words(bytes: Buffer): number[] {
  const all = Array.from({ length: 22 }, (_, at) => bytes.readUInt32LE(4 * at))
  return [...all.slice(0, 6), ...all.slice(8, 12), ...all.slice(15)]
}

t.test('a time may come in each of its forms', async (t) => {
  const expected: [bigint, number] = [1_700_000_000n, 250_000_000]
  t.same(mtimeOf({ mtime: new Date(1_700_000_000_250) }), expected)
  t.same(mtimeOf({ mtime: 1_700_000_000_250 }), expected)
  t.same(mtimeOf({ mtime: 1_700_000_000_250_000_000n }), expected)
  t.same(mtimeOf({ mtimeMs: 1_700_000_000_250 }), expected)
  t.same(mtimeOf({ mtimeMs: 1_700_000_000_250n }), expected)
  t.same(mtimeOf({ mtimeNs: 1_700_000_000_250_000_000n }), expected)
  t.same(mtimeOf({}), [0n, 0])
})

t.test('the most exact form of a time counts', async (t) => {
  t.same(mtimeOf({ mtime: new Date(1000), mtimeMs: 2000, mtimeNs: 3_000_000_001n }), [3n, 1])
  t.same(mtimeOf({ mtime: new Date(1000), mtimeMs: 2000.5 }), [2n, 500_000])
})

t.test('times before the epoch count upwards from the second before', async (t) => {
  t.same(mtimeOf({ mtimeMs: -1 }), [-1n, 999_000_000])
  t.same(mtimeOf({ mtimeMs: -1000 }), [-1n, 0])
  t.same(mtimeOf({ mtimeMs: -1000.5 }), [-2n, 999_500_000])
  t.same(mtimeOf({ mtimeNs: -1n }), [-1n, 999_999_999])
  t.same(mtimeOf({ mtimeNs: -1_000_000_000n }), [-1n, 0])
  t.same(mtimeOf({ mtimeNs: -1_000_000_001n }), [-2n, 999_999_999])
})

t.test('rounding never leaves the range of nanoseconds', async (t) => {
  t.same(mtimeOf({ mtimeMs: 999.9999999 }), [1n, 0])
  t.same(mtimeOf({ mtimeMs: -0.0000001 }), [0n, 0])
  const ms = fc.double({ min: -1e13, max: 1e13, noNaN: true })
  await fc.assert(
    fc.property(ms, (mtimeMs) => {
      const [seconds, nanoseconds] = mtimeOf({ mtimeMs })
      const back = Number(seconds) * 1000 + nanoseconds / 1e6
      return nanoseconds < 1_000_000_000 && Math.abs(back - mtimeMs) <= 0.002
    }),
    { seed: 36, numRuns: 1000 },
  )
  await fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 19n), max: 10n ** 19n }), (mtimeNs) => {
      const [seconds, nanoseconds] = mtimeOf({ mtimeNs })
      return seconds * 1_000_000_000n + BigInt(nanoseconds) === mtimeNs
    }),
    { seed: 37 },
  )
})

t.test('device numbers keep their bits', async (t) => {
  const rdevOf = (rdev: number | bigint) => encoded({ mode: 0o020600, rdev }).readUInt32LE(76)
  // makedev(3): major 259, minor 1048575, the largest a kernel has.
  t.equal(rdevOf(0xfff103ffn), 0xfff103ff)
  t.equal(rdevOf(0x103), 0x103)
  refuses(t, 'ERR_FUSE_BAD_ATTRIBUTES', () => rdevOf(0x100000000n), 'a minor of 2^20')
  refuses(t, 'ERR_FUSE_BAD_ATTRIBUTES', () => rdevOf(2 ** 44), 'a major of 2^12')
})

t.test('boundaries of the integers', async (t) => {
  const bytes = encoded({
    mode: REGULAR,
    ino: 2n ** 64n - 1n,
    size: Number.MAX_SAFE_INTEGER,
    uid: 0xffffffff,
    gid: 0xffffffffn,
    nlink: 0,
  })
  t.equal(bytes.readBigUInt64LE(FuseAttr.ino), 2n ** 64n - 1n)
  t.equal(bytes.readBigUInt64LE(FuseAttr.size), 2n ** 53n - 1n)
  t.equal(bytes.readUInt32LE(FuseAttr.uid), 0xffffffff)
  t.equal(bytes.readUInt32LE(FuseAttr.gid), 0xffffffff)
  t.equal(bytes.readUInt32LE(FuseAttr.nlink), 0)
})

t.test('what the kernel would refuse is refused by name', async (t) => {
  const bad: Record<string, unknown>[] = [
    { mode: undefined },
    { mode: 0o644 },
    { mode: 0o030644 },
    { mode: 0o170644 },
    { mode: 0o1100644 },
    { mode: -1 },
    { mode: '100644' },
    { mode: Number.NaN },
    { size: -1 },
    { size: -1n },
    { size: 0.5 },
    { size: 2 ** 53 },
    { size: 2n ** 63n },
    { size: Number.NaN },
    { size: '12' },
    { ino: 2 ** 53 },
    { ino: 2n ** 64n },
    { blocks: -1 },
    { nlink: 2 ** 32 },
    { nlink: 1.5 },
    { uid: -1 },
    { gid: 2n ** 32n },
    { blksize: Number.POSITIVE_INFINITY },
    { rdev: -1 },
    { mtime: new Date(Number.NaN) },
    { mtime: 'yesterday' },
    { atimeMs: Number.NaN },
    { ctimeMs: Number.POSITIVE_INFINITY },
    { ctimeMs: 2 ** 53 },
    { atimeNs: 5 },
    { atimeNs: 10n ** 30n },
  ]
  for (const fields of bad) {
    const attributes = { mode: REGULAR, ...fields } as unknown as Attributes
    const [field] = Object.keys(fields) as [string]
    const encode = () => encoded(attributes)
    refuses(t, 'ERR_FUSE_BAD_ATTRIBUTES', encode, `${field}: ${String(fields[field])}`)
    t.throws(encode, { message: new RegExp(field.replace(/(Ms|Ns)$/, '')) })
  }
  for (const attributes of [undefined, null, 5, 'mode']) {
    const encode = () => encoded(attributes as unknown as Attributes)
    refuses(t, 'ERR_FUSE_BAD_ATTRIBUTES', encode, `${attributes}`)
  }
})

t.test('attr_out: cache time, then attributes', async (t) => {
  const target = writerOf(104)
  encodeAttrOut(target.writer, 0, 9, 1500, { mode: REGULAR })
  t.equal(target.written().slice(0, 32), '0100000000000000 0065cd1d 00000000'.replaceAll(' ', ''))
  t.equal(target.written().slice(32, 48), '0900000000000000')
  t.equal(target.writer.length, 104)
  refuses(
    t,
    'ERR_FUSE_NO_SPACE',
    () => encodeAttrOut(writerOf(103).writer, 0, 9, 0, { mode: REGULAR }),
    'one byte short',
  )
})

t.test('entry_out: node, cache times, attributes', async (t) => {
  const target = writerOf(136)
  encodeEntryOut(target.writer, 8, 2 ** 32 + 5, 3, 1000, 0.5, { mode: REGULAR, ino: 6 })
  t.equal(
    target.written().slice(16, 112),
    `0500000001000000 0300000000000000 0100000000000000 0000000000000000
     00000000 20a10700 0600000000000000`.replace(/\s/g, ''),
  )
  t.equal(target.writer.length, 136)
  refuses(
    t,
    'ERR_FUSE_NO_SPACE',
    () => encodeEntryOut(writerOf(127).writer, 0, 5, 0, 0, 0, { mode: REGULAR }),
    'one byte short',
  )
})

t.test('a negative entry has node 0 and nothing but its cache time', async (t) => {
  const target = writerOf(128)
  encodeNegativeEntry(target.writer, 0, 2000)
  t.equal(target.written(), `${'00'.repeat(16)}02${'00'.repeat(111)}`)
})

t.test('cache times reach from never to always', async (t) => {
  const validOf = (timeout: number) => {
    const target = writerOf(104)
    encodeAttrOut(target.writer, 0, 9, timeout, { mode: REGULAR })
    const bytes = Buffer.from(target.written(), 'hex')
    return [bytes.readBigUInt64LE(0), bytes.readUInt32LE(8)]
  }
  t.same(validOf(0), [0n, 0])
  t.same(validOf(0.000001), [0n, 1])
  t.same(validOf(999.9999999), [1n, 0])
  t.same(validOf(Number.POSITIVE_INFINITY), [0x7fffffffn, 0])
  t.same(validOf(Number.MAX_VALUE), [0x7fffffffn, 0])
  for (const timeout of [-1, Number.NaN]) {
    refuses(t, 'ERR_FUSE_BAD_VALUE', () => validOf(timeout), `${timeout}`)
  }
})
