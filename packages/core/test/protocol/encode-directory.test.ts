import {
  direntLength,
  direntplusLength,
  encodeDirent,
  encodeDirentplus,
} from '@fuseloop/core/protocol'
import * as fc from 'fast-check'
import t from 'tap'
import { refuses, writerOf } from './wire-memory.js'

const name = (length: number) => Buffer.alloc(length, 'n')

t.test('a record is padded to 8 bytes', async (t) => {
  t.same([1, 7, 8, 9, 255].map(direntLength), [32, 32, 32, 40, 280])
})

t.test('a record byte by byte', async (t) => {
  const target = writerOf(32)
  t.equal(encodeDirent(target.writer, 0, 5, 0x48, 8, Buffer.from('a.txt')), 32)
  t.equal(
    target.written(),
    '05000000000000004800000000000000 05000000 08000000 612e747874000000'.replaceAll(' ', ''),
  )
  t.ok(target.intact())
})

t.test('numbers of 64 bits', async (t) => {
  const target = writerOf(32)
  encodeDirent(target.writer, 0, 2n ** 64n - 1n, 2n ** 63n - 1n, 4, name(8))
  t.equal(target.written().slice(0, 32), 'ffffffffffffffffffffffffffffff7f')
})

t.test('records of all lengths follow each other, with zeros between', async (t) => {
  const target = writerOf(16384)
  const lengths = fc.array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 20 })
  await fc.assert(
    fc.property(lengths, (nameLengths) => {
      target.writer.reset(64, 64 + 16384)
      let offset = 0
      for (const length of nameLengths) {
        offset += encodeDirent(target.writer, offset, 9, offset + 1, 8, name(length))
      }
      const bytes = Buffer.from(target.written(), 'hex')
      return offset === bytes.length && same(parse(bytes), nameLengths)
    }),
    { seed: 38 },
  )
  t.ok(target.intact())
})

/** Name lengths, by the kernel's rules (fs/fuse/readdir.c parse_dirfile()). */
function parse(bytes: Buffer): number[] {
  const lengths: number[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at + 16)
    const end = at + 24 + length
    const next = at + ((24 + length + 7) & ~7)
    if (!bytes.subarray(at + 24, end).equals(name(length))) return []
    if (bytes.subarray(end, next).some((byte) => byte !== 0)) return []
    lengths.push(length)
    at = next
  }
  return lengths
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index])
}

t.test('a record that does not fit leaves the reply as it was', async (t) => {
  const target = writerOf(63)
  encodeDirent(target.writer, 0, 1, 1, 8, name(3))
  const before = target.written()
  refuses(t, 'ERR_FUSE_NO_SPACE', () => encodeDirent(target.writer, 32, 1, 2, 8, name(3)), 'full')
  t.equal(target.written(), before)
})

t.test('names that would fail the whole listing are refused', async (t) => {
  const encode = (bytes: Uint8Array) => () => encodeDirent(writerOf(8192).writer, 0, 1, 1, 8, bytes)
  refuses(t, 'ERR_FUSE_BAD_NAME', encode(name(0)), 'empty')
  refuses(t, 'ERR_FUSE_BAD_NAME', encode(name(4096)), 'too long')
  refuses(t, 'ERR_FUSE_BAD_NAME', encode(Buffer.from('a/b')), 'slash')
  refuses(t, 'ERR_FUSE_BAD_NAME', encode(Buffer.from('a\0b')), 'NUL')
  t.equal(encode(name(4095))(), direntLength(4095))
})

t.test('a cookie is from 1 to 2^63-1', async (t) => {
  for (const cookie of [0, 0n, -1, 2n ** 63n]) {
    const encode = () => encodeDirent(writerOf(32).writer, 0, 1, cookie, 8, name(1))
    refuses(t, 'ERR_FUSE_BAD_VALUE', encode, `${cookie}`)
  }
  const unsafe = () => encodeDirent(writerOf(32).writer, 0, 1, 2 ** 53, 8, name(1))
  refuses(t, 'ERR_FUSE_UNSAFE_INTEGER', unsafe, '2^53 as a number')
})

t.test('a READDIRPLUS record has the entry before the dirent', async (t) => {
  const target = writerOf(160)
  const entry = {
    nodeid: 7,
    entryTimeoutMs: 1500,
    attributesTimeoutMs: 2000,
    attributes: { mode: 0o100644, size: 5, ino: 9 },
  }
  t.equal(encodeDirentplus(target.writer, 0, entry, 9, 0x48, 8, Buffer.from('a.txt')), 160)
  const bytes = Buffer.from(target.written(), 'hex')
  t.equal(bytes.readBigUInt64LE(0), 7n)
  t.same([bytes.readBigUInt64LE(16), bytes.readUInt32LE(32)], [1n, 500_000_000])
  t.equal(bytes.readBigUInt64LE(40), 9n)
  t.equal(bytes.readBigUInt64LE(48), 5n)
  t.equal(
    bytes.subarray(128).toString('hex'),
    '09000000000000004800000000000000 05000000 08000000 612e747874000000'.replaceAll(' ', ''),
  )
  t.ok(target.intact())
})

t.test('a READDIRPLUS record without an entry is zeros before the dirent', async (t) => {
  t.same([1, 8, 9, 255].map(direntplusLength), [160, 160, 168, 408])
  const target = writerOf(168)
  t.equal(encodeDirentplus(target.writer, 0, undefined, 1, 2, 4, name(9)), 168)
  t.equal(target.written().slice(0, 256), '00'.repeat(128))
  t.ok(target.intact())
  const small = () => encodeDirentplus(target.writer, 8, undefined, 1, 2, 4, name(9))
  refuses(t, 'ERR_FUSE_NO_SPACE', small, 'one word too few')
})
