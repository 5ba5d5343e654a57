import {
  decodeBmap,
  decodeCopyFileRange,
  decodeFallocate,
  decodeLseek,
  encodeBmapOut,
  encodeCopyFileRangeOut,
  encodeLseekOut,
  Opcode,
} from '@fuseloop/core/protocol'
import { RequestBuilder } from '@fuseloop/core/testing'
import * as fc from 'fast-check'
import t from 'tap'
import { hex, readerOf, refuses, refusesPrefixes, request, writerOf } from './wire-memory.js'

const FH = '0700000000000080'
const ZERO = '0000000000000000'
const SAFE = 'ffffffffffff1f00'
const TWO_53 = '0000000000002000'
const SIGNED_MAX = 'ffffffffffffff7f'

t.test('FALLOCATE', async (t) => {
  const body = (offset: string, length: string) =>
    hex(`${FH} ${offset} ${length} 03000000 00000000`)
  const message = request(Opcode.FALLOCATE, body(SAFE, '0000000001000000'))
  t.same(decodeFallocate(readerOf(message)), {
    fhLow: 7,
    fhHigh: 0x80000000,
    offset: Number.MAX_SAFE_INTEGER,
    length: 2 ** 32,
    mode: 3,
  })
  refusesPrefixes(t, message, decodeFallocate)
  for (const unsafe of [body(TWO_53, ZERO), body(ZERO, SIGNED_MAX)]) {
    const reader = readerOf(request(Opcode.FALLOCATE, unsafe))
    refuses(t, 'ERR_FUSE_UNSAFE_INTEGER', () => decodeFallocate(reader), 'unsafe')
  }
})

t.test('LSEEK', async (t) => {
  const message = (offset: string) =>
    request(Opcode.LSEEK, hex(`${FH} ${offset} 04000000 00000000`))
  t.same(decodeLseek(readerOf(message(SAFE))), {
    fhLow: 7,
    fhHigh: 0x80000000,
    offset: Number.MAX_SAFE_INTEGER,
    whence: 4,
  })
  for (const beyond of [TWO_53, SIGNED_MAX, 'ffffffffffffffff'])
    t.equal(decodeLseek(readerOf(message(beyond))).offset, undefined, beyond)
  refusesPrefixes(t, message(SAFE), decodeLseek)
})

function copyBody(offsetIn: string, offsetOut: string, length: string, flags: string): Uint8Array {
  return hex(`${FH} ${offsetIn} 0300000000000000 0900000000000000 ${offsetOut} ${length} ${flags}`)
}

t.test('COPY_FILE_RANGE and COPY_FILE_RANGE_64', async (t) => {
  const body = copyBody('0001000000000000', '0002000000000000', '0000000001000000', ZERO)
  for (const opcode of [Opcode.COPY_FILE_RANGE, Opcode.COPY_FILE_RANGE_64]) {
    const message = request(opcode, body)
    t.same(decodeCopyFileRange(readerOf(message)), {
      fhInLow: 7,
      fhInHigh: 0x80000000,
      offsetIn: 256,
      nodeidOut: 3,
      fhOutLow: 9,
      fhOutHigh: 0,
      offsetOut: 512,
      length: 2 ** 32,
      hasFlags: false,
    })
    refusesPrefixes(t, message, decodeCopyFileRange)
  }
})

t.test('offsets and lengths of copies at 2^53', async (t) => {
  const decode = (...parts: Parameters<typeof copyBody>) =>
    decodeCopyFileRange(readerOf(request(Opcode.COPY_FILE_RANGE, copyBody(...parts))))
  t.equal(decode(TWO_53, ZERO, ZERO, ZERO).offsetIn, undefined)
  t.equal(decode(ZERO, SAFE, ZERO, ZERO).offsetOut, Number.MAX_SAFE_INTEGER)
  refuses(t, 'ERR_FUSE_UNSAFE_INTEGER', () => decode(ZERO, TWO_53, ZERO, ZERO), 'target')
  t.equal(decode(ZERO, ZERO, SIGNED_MAX, ZERO).length, Number.MAX_SAFE_INTEGER)
  t.equal(decode(ZERO, ZERO, ZERO, '0100000000000000').hasFlags, true)
  t.equal(decode(ZERO, ZERO, ZERO, '0000000000000080').hasFlags, true)
})

t.test('BMAP', async (t) => {
  const message = request(Opcode.BMAP, hex('0500000001000000 00100000 00000000'))
  t.same(decodeBmap(readerOf(message)), { block: 2 ** 32 + 5, blocksize: 4096 })
  refusesPrefixes(t, message, decodeBmap)
  const beyond = readerOf(request(Opcode.BMAP, hex(`${TWO_53} 00100000 00000000`)))
  refuses(t, 'ERR_FUSE_UNSAFE_INTEGER', () => decodeBmap(beyond), '2^53')
})

t.test('any numbers come through', async () => {
  const builder = new RequestBuilder()
  const word = fc.bigInt({ min: 0n, max: 2n ** 53n - 1n })
  const number = fc.nat({ max: 0xffff_ffff })
  await fc.assert(
    fc.property(word, word, word, word, number, (fh, a, b, c, mode) => {
      const allocated = decodeFallocate(readerOf(builder.fallocate(1, fh, mode, a, b)))
      const sought = decodeLseek(readerOf(builder.lseek(1, fh, a, mode)))
      const copied = decodeCopyFileRange(
        readerOf(
          builder.copyFileRange64({ nodeid: 1, fh, offset: a }, { nodeid: 2, fh: c, offset: b }, c),
        ),
      )
      const half = Number(fh & 0xffff_ffffn)
      return (
        allocated.fhLow === half &&
        BigInt(allocated.offset) === a &&
        BigInt(allocated.length) === b &&
        allocated.mode === mode &&
        sought.fhLow === half &&
        BigInt(sought.offset ?? -1) === a &&
        sought.whence === mode &&
        copied.fhInLow === half &&
        copied.fhOutHigh === Number(c >> 32n) &&
        BigInt(copied.offsetIn ?? -1) === a &&
        BigInt(copied.offsetOut) === b &&
        BigInt(copied.length) === c
      )
    }),
    { seed: 46, numRuns: 500 },
  )
})

t.test('replies of one number', async (t) => {
  for (const [encode, most] of [
    [encodeLseekOut, 2n ** 63n - 1n],
    [encodeBmapOut, 2n ** 64n - 1n],
  ] as const) {
    const target = writerOf(8)
    encode(target.writer, 0, 0x1_0000_0002)
    t.equal(target.written(), '0200000001000000')
    encode(target.writer, 0, most)
    for (const bad of [
      -1,
      1.5,
      Number.NaN,
      2 ** 53,
      most + 1n,
      -1n,
      '1' as never,
      undefined as never,
    ])
      refuses(t, 'ERR_FUSE_BAD_VALUE', () => encode(target.writer, 0, bad), String(bad))
    refuses(t, 'ERR_FUSE_NO_SPACE', () => encode(writerOf(7).writer, 0, 1), 'short')
  }
  const target = writerOf(8)
  encodeCopyFileRangeOut(target.writer, 0, 2 ** 40)
  t.equal(target.written(), '0000000000010000')
  refuses(t, 'ERR_FUSE_NO_SPACE', () => encodeCopyFileRangeOut(writerOf(7).writer, 0, 1), 'short')
})
