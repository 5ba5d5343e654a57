import { encodeInitOut, type InitOut } from '@fuseloop/core/protocol'
import t from 'tap'
import { refuses, writerOf } from './wire-memory.js'

const ANSWER: InitOut = {
  major: 7,
  minor: 45,
  maxReadahead: 131072,
  flagsLow: 0x40000001,
  flagsHigh: 0x10,
  maxBackground: 64,
  congestionThreshold: 48,
  maxWrite: 1048576,
  timeGranularity: 1,
  maxPages: 256,
}

t.test('all 64 bytes of the answer', async (t) => {
  const target = writerOf(64)
  encodeInitOut(target.writer, 0, ANSWER)
  t.equal(
    target.written(),
    '07000000 2d000000 00000200 01000040 4000 3000 00001000 01000000 0001 0000 10000000'.replaceAll(
      ' ',
      '',
    ) + '00'.repeat(28),
  )
  t.ok(target.intact())
})

t.test('the fields of rare features', async (t) => {
  const target = writerOf(64)
  encodeInitOut(target.writer, 0, { ...ANSWER, maxStackDepth: 2, requestTimeout: 300 })
  t.equal(target.written().slice(72, 84), '020000002c01')
})

t.test('flags above bit 31 need INIT_EXT', async (t) => {
  const without = { ...ANSWER, flagsLow: 1 }
  refuses(t, 'ERR_FUSE_BAD_VALUE', () => encodeInitOut(writerOf(64).writer, 0, without), 'lost')
  encodeInitOut(writerOf(64).writer, 0, { ...without, flagsHigh: 0 })
})

t.test('an answer that does not fit is refused', async (t) => {
  refuses(t, 'ERR_FUSE_NO_SPACE', () => encodeInitOut(writerOf(63).writer, 0, ANSWER), '63')
})
