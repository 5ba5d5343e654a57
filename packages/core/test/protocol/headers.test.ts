import {
  checkInHeader,
  decodeInHeader,
  encodeOutHeader,
  headerGid,
  headerNodeid,
  headerUid,
  Opcode,
} from '@fuseloop/core/protocol'
import t from 'tap'
import { hex, readerOf, refuses, refusesPrefixes, writerOf } from './wire-memory.js'

// A resent LOOKUP of "a" in the root by thread 4242 of user 1000, group 100.
const LOOKUP = hex(`2a000000 01000000 0600000000000080 0100000000000000
  e8030000 64000000 92100000 0000 0000 6100`)

t.test('every field of a request header', async (t) => {
  t.same(decodeInHeader(readerOf(LOOKUP)), {
    length: 42,
    opcode: Opcode.LOOKUP,
    uniqueLow: 6,
    uniqueHigh: 0x80000000,
    nodeid: 1,
    uid: 1000,
    gid: 100,
    pid: 4242,
    totalExtlen: 0,
  })
})

t.test('extension length is in units of 8 bytes', async (t) => {
  const message = LOOKUP.slice()
  message[36] = 3
  t.equal(decodeInHeader(readerOf(message)).totalExtlen, 3)
})

t.test('ids without meaning on an idmapped mount are undefined', async (t) => {
  const message = LOOKUP.slice()
  message.set(hex('ffffffff ffffffff'), 24)
  t.equal(headerUid(readerOf(message)), undefined)
  t.equal(headerGid(readerOf(message)), undefined)
  message.set(hex('feffffff 00000000'), 24)
  t.equal(headerUid(readerOf(message)), 0xfffffffe)
  t.equal(headerGid(readerOf(message)), 0)
})

t.test('nodeids are exact or refused', async (t) => {
  const message = LOOKUP.slice()
  message.set(hex('ffffffffffff1f00'), 16)
  t.equal(headerNodeid(readerOf(message)), Number.MAX_SAFE_INTEGER)
  message.set(hex('0000000000002000'), 16)
  refuses(t, 'ERR_FUSE_UNSAFE_INTEGER', () => headerNodeid(readerOf(message)), '2^53')
})

t.test('a message shorter or longer than it says is refused', async (t) => {
  refusesPrefixes(t, LOOKUP, checkInHeader)
  const longer = new Uint8Array([...LOOKUP, 0])
  refuses(t, 'ERR_FUSE_BAD_LENGTH', () => checkInHeader(readerOf(longer)), 'one byte more')
})

t.test('a reply header echoes both halves of unique', async (t) => {
  const target = writerOf(16)
  encodeOutHeader(target.writer, 144, 0, 0x06, 0x80000000)
  t.equal(target.written(), '90000000000000000600000000000080')
})

t.test('an error is a negative number', async (t) => {
  const target = writerOf(16)
  encodeOutHeader(target.writer, 16, -2, 8, 0)
  t.equal(target.written(), '10000000feffffff0800000000000000')
  refuses(t, 'ERR_FUSE_NO_SPACE', () => encodeOutHeader(writerOf(15).writer, 16, 0, 8, 0), 'short')
})
