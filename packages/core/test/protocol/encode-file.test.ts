import { statfsSync } from 'node:fs'
import {
  encodeOpenOut,
  encodeStatfsOut,
  encodeWriteOut,
  FuseKstatfs,
  type StatfsResult,
} from '@fuseloop/core/protocol'
import t from 'tap'
import { refuses, writerOf } from './wire-memory.js'

t.test('open_out', async (t) => {
  const target = writerOf(16)
  encodeOpenOut(target.writer, 0, 7, 0x80000000, 0x82, 5)
  t.equal(target.written(), '07000000000000808200000005000000')
  refuses(t, 'ERR_FUSE_NO_SPACE', () => encodeOpenOut(writerOf(15).writer, 0, 0, 0, 0, 0), 'short')
})

t.test('write_out', async (t) => {
  const target = writerOf(8)
  encodeWriteOut(target.writer, 0, 0x100001)
  t.equal(target.written(), '0100100000000000')
  refuses(t, 'ERR_FUSE_NO_SPACE', () => encodeWriteOut(writerOf(7).writer, 0, 1), 'short')
})

function encoded(statfs: StatfsResult): Buffer {
  const target = writerOf(80)
  encodeStatfsOut(target.writer, 0, statfs)
  return Buffer.from(target.written(), 'hex')
}

const SMALL = { bsize: 4096, blocks: 1, bfree: 2, bavail: 3, files: 4, ffree: 5 }

t.test('statfs_out: every field and its default', async (t) => {
  const words = (bytes: Buffer) => Array.from({ length: 20 }, (_, at) => bytes.readUInt32LE(4 * at))
  const zeros = [0, 0, 0, 0, 0, 0, 0]
  t.same(words(encoded(SMALL)), [1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 4096, 255, 4096, ...zeros])
  const full = { ...SMALL, frsize: 512, namelen: 1024 }
  t.same(words(encoded(full)), [1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 4096, 1024, 512, ...zeros])
})

t.test("node's StatFs and BigIntStatFs do", async (t) => {
  const exact = statfsSync('/', { bigint: true })
  t.equal(encoded(exact).readBigUInt64LE(FuseKstatfs.blocks), exact.blocks)
  t.equal(encoded(statfsSync('/')).readBigUInt64LE(FuseKstatfs.files), exact.files)
  const huge = encoded({ ...SMALL, blocks: 2n ** 64n - 1n })
  t.equal(huge.readBigUInt64LE(0), 2n ** 64n - 1n)
})

t.test('numbers that do not fit are refused by name', async (t) => {
  for (const field of Object.keys(SMALL)) {
    for (const value of [-1, 2 ** 53, Number.NaN, undefined, '1']) {
      const statfs = { ...SMALL, [field]: value } as StatfsResult
      refuses(t, 'ERR_FUSE_BAD_VALUE', () => encoded(statfs), `${field}: ${value}`)
      t.throws(() => encoded(statfs), { message: new RegExp(field) })
    }
  }
})
