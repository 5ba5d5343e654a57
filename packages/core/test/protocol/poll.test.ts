import { decodePoll, encodePollOut, Opcode } from '@fuseloop/core/protocol'
import t from 'tap'
import { hex, readerOf, refusesPrefixes, request, writerOf } from './wire-memory.js'

t.test('POLL', async (t) => {
  const body = hex('0700000000000080 efcdab8967452301 01000000 05000000')
  const message = request(Opcode.POLL, body)
  t.same(decodePoll(readerOf(message)), {
    fhLow: 7,
    fhHigh: 0x80000000,
    khLow: 0x89abcdef,
    khHigh: 0x01234567,
    flags: 1,
    events: 5,
  })
  refusesPrefixes(t, message, decodePoll)
})

t.test('poll_out', async (t) => {
  const target = writerOf(8)
  encodePollOut(target.writer, 0, 0x2001)
  t.equal(target.written(), '0120000000000000')
  t.ok(target.intact())
})
