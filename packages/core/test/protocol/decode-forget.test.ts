import { decodeBatchForget, decodeForget, decodeInterrupt, Opcode } from '@fuseloop/core/protocol'
import t from 'tap'
import { hex, readerOf, refuses, refusesPrefixes, request } from './wire-memory.js'

t.test('FORGET takes its node from the header', async (t) => {
  const message = request(Opcode.FORGET, hex('0300000001000000'), 0x55)
  t.same(decodeForget(readerOf(message)), { nodeid: 0x55, nlookup: 0x100000003 })
  refusesPrefixes(t, message, decodeForget)
})

t.test('BATCH_FORGET lists nodes and counts', async (t) => {
  const body = hex(`02000000 00000000 0500000000000000 0100000000000000
    ffffffffffff1f00 0200000000000000`)
  const message = request(Opcode.BATCH_FORGET, body, 0)
  t.same(decodeBatchForget(readerOf(message)), [
    { nodeid: 5, nlookup: 1 },
    { nodeid: Number.MAX_SAFE_INTEGER, nlookup: 2 },
  ])
  refusesPrefixes(t, message, decodeBatchForget)
})

t.test('BATCH_FORGET with an absurd count is refused before anything is forgotten', async (t) => {
  const body = hex('ffffffff 00000000 0500000000000000 0100000000000000')
  const reader = readerOf(request(Opcode.BATCH_FORGET, body, 0))
  refuses(t, 'ERR_FUSE_SHORT_READ', () => decodeBatchForget(reader), '2^32-1 nodes')
  const empty = request(Opcode.BATCH_FORGET, hex('00000000 00000000'), 0)
  t.same(decodeBatchForget(readerOf(empty)), [])
})

t.test('INTERRUPT names its target by two words', async (t) => {
  const message = request(Opcode.INTERRUPT, hex('0600000000000080'), 0)
  t.same(decodeInterrupt(readerOf(message)), { uniqueLow: 6, uniqueHigh: 0x80000000 })
  refusesPrefixes(t, message, decodeInterrupt)
})
