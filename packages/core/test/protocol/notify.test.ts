import {
  decodeNotifyReply,
  encodeNotifyDelete,
  encodeNotifyIncEpoch,
  encodeNotifyInvalEntry,
  encodeNotifyInvalInode,
  encodeNotifyPoll,
  encodeNotifyPrune,
  encodeNotifyResend,
  encodeNotifyRetrieve,
  encodeNotifyStore,
  Opcode,
} from '@fuseloop/core/protocol'
import t from 'tap'
import { hex, range, readerOf, refuses, refusesPrefixes, request } from './wire-memory.js'

function shown(message: Uint8Array): string {
  return Buffer.from(message).toString('hex')
}

function bytes(text: string): string {
  return text.replace(/\s+/g, '')
}

t.test('each notification is length, code, unique 0 and its struct', async (t) => {
  const cases: [string, Uint8Array, string][] = [
    [
      'POLL',
      encodeNotifyPoll(0x89abcdef, 0xf1234567),
      '18000000 01000000 0000000000000000 efcdab89 674523f1',
    ],
    [
      'INVAL_INODE, attributes only',
      encodeNotifyInvalInode(0x100000002, -1, 0),
      '28000000 02000000 0000000000000000 0200000001000000 ffffffffffffffff 0000000000000000',
    ],
    [
      'INVAL_INODE of a range beyond 2^32',
      encodeNotifyInvalInode(7, 2 ** 33, 4096),
      '28000000 02000000 0000000000000000 0700000000000000 0000000002000000 0010000000000000',
    ],
    [
      'INVAL_ENTRY',
      encodeNotifyInvalEntry(1, hex('61ff62'), false),
      '24000000 03000000 0000000000000000 0100000000000000 03000000 00000000 61ff62 00',
    ],
    [
      'INVAL_ENTRY that expires',
      encodeNotifyInvalEntry(3, hex('61'), true),
      '22000000 03000000 0000000000000000 0300000000000000 01000000 01000000 61 00',
    ],
    [
      'STORE',
      encodeNotifyStore(5, 4096, hex('0102 03')),
      '2b000000 04000000 0000000000000000 0500000000000000 0010000000000000 03000000 00000000 010203',
    ],
    [
      'RETRIEVE, its unique still 0',
      encodeNotifyRetrieve(5, 8192, 0xffffffff),
      `30000000 05000000 0000000000000000 0000000000000000 0500000000000000 0020000000000000
       ffffffff 00000000`,
    ],
    [
      'DELETE',
      encodeNotifyDelete(1, 9, hex('6162')),
      '2b000000 06000000 0000000000000000 0100000000000000 0900000000000000 02000000 00000000 6162 00',
    ],
    ['RESEND', encodeNotifyResend(), '10000000 07000000 0000000000000000'],
    ['INC_EPOCH', encodeNotifyIncEpoch(), '10000000 08000000 0000000000000000'],
    [
      'PRUNE',
      encodeNotifyPrune([2, Number.MAX_SAFE_INTEGER]),
      `30000000 09000000 0000000000000000 02000000 00000000 0000000000000000
       0200000000000000 ffffffffffff1f00`,
    ],
    [
      'PRUNE of nothing',
      encodeNotifyPrune([]),
      '20000000 09000000 0000000000000000 00000000 00000000 0000000000000000',
    ],
  ]
  for (const [name, message, expected] of cases) t.equal(shown(message), bytes(expected), name)
})

t.test('names have 1 to 1024 bytes, without / and NUL', async (t) => {
  const long = new Uint8Array(1024).fill(0x78)
  t.equal(encodeNotifyInvalEntry(1, long, false).byteLength, 16 + 16 + 1025)
  t.equal(encodeNotifyDelete(1, 2, long).byteLength, 16 + 24 + 1025)
  const wrong = [new Uint8Array(0), new Uint8Array(1025).fill(0x78), hex('612f'), hex('6100')]
  for (const name of wrong) {
    refuses(t, 'ERR_FUSE_BAD_NAME', () => encodeNotifyInvalEntry(1, name, false), 'INVAL_ENTRY')
    refuses(t, 'ERR_FUSE_BAD_NAME', () => encodeNotifyDelete(1, 2, name), 'DELETE')
  }
})

t.test('a number that is none is refused', async (t) => {
  for (const number of [-1, 1.5, NaN, 2 ** 53]) {
    refuses(t, 'ERR_FUSE_UNSAFE_INTEGER', () => encodeNotifyInvalInode(number, 0, 0), `${number}`)
    refuses(t, 'ERR_FUSE_UNSAFE_INTEGER', () => encodeNotifyPrune([number]), `${number}`)
    refuses(
      t,
      'ERR_FUSE_UNSAFE_INTEGER',
      () => encodeNotifyStore(2, number, hex('00')),
      `${number}`,
    )
  }
  for (const size of [-1, 0.5, NaN, 2 ** 32])
    refuses(t, 'ERR_FUSE_BAD_VALUE', () => encodeNotifyRetrieve(2, 0, size), `${size}`)
})

t.test('NOTIFY_REPLY brings the unique it was asked under, and the bytes', async (t) => {
  const body = hex(`eeeeeeeeeeeeeeee 0010000000000000 03000000 eeeeeeee
    eeeeeeeeeeeeeeee eeeeeeeeeeeeeeee 616263`)
  const message = request(Opcode.NOTIFY_REPLY, body, 9)
  message.set(hex('0200000000000040'), 8)
  const reader = readerOf(message)
  const { dataStart, dataEnd, ...rest } = decodeNotifyReply(reader)
  t.same(rest, { uniqueLow: 2, uniqueHigh: 0x40000000, nodeid: 9, offset: 4096 })
  t.equal(range(reader, dataStart, dataEnd), 'abc')
  refusesPrefixes(t, message, decodeNotifyReply)
})

t.test('NOTIFY_REPLY with nothing cached has no bytes', async (t) => {
  const reader = readerOf(request(Opcode.NOTIFY_REPLY, new Uint8Array(40), 9))
  const { dataStart, dataEnd } = decodeNotifyReply(reader)
  t.equal(dataEnd - dataStart, 0)
})
