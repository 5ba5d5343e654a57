import { decodeInit, Opcode } from '@fuseloop/core/protocol'
import t from 'tap'
import { hex, readerOf, refuses, refusesPrefixes, request } from './wire-memory.js'

t.test('INIT of Linux 6.18', async (t) => {
  const body = hex(`07000000 2d000000 00000200 fbffff73 fd070000 ${'00'.repeat(44)}`)
  const message = request(Opcode.INIT, body, 0)
  t.equal(message.length, 104)
  t.same(decodeInit(readerOf(message)), {
    major: 7,
    minor: 45,
    maxReadahead: 131072,
    flagsLow: 0x73fffffb,
    flagsHigh: 0x7fd,
  })
  refusesPrefixes(t, message, decodeInit)
})

t.test('INIT of Linux 5.4 ends before flags2', async (t) => {
  const message = request(Opcode.INIT, hex('07000000 1f000000 00000200 fbffff03'), 0)
  t.match(decodeInit(readerOf(message)), { minor: 31, flagsLow: 0x3fffffb, flagsHigh: 0 })
  refusesPrefixes(t, message, decodeInit)
})

t.test('flags2 means nothing without INIT_EXT', async (t) => {
  const body = hex(`07000000 24000000 00000200 fbffff33 ffffffff ${'00'.repeat(44)}`)
  t.equal(decodeInit(readerOf(request(Opcode.INIT, body, 0))).flagsHigh, 0)
})

t.test('a short message that promises flags2 is refused', async (t) => {
  const message = request(Opcode.INIT, hex('07000000 2d000000 00000200 fbffff73'), 0)
  refuses(t, 'ERR_FUSE_SHORT_READ', () => decodeInit(readerOf(message)), '16 bytes and INIT_EXT')
})
