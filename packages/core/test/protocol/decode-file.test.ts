import {
  decodeAccess,
  decodeFlush,
  decodeFsync,
  decodeOpen,
  decodeRead,
  decodeRelease,
  decodeWrite,
  Opcode,
} from '@fuseloop/core/protocol'
import t from 'tap'
import { hex, range, readerOf, refuses, refusesPrefixes, request } from './wire-memory.js'

const FH = '0700000000000080'
const OWNER = '0102030405060788'

t.test('OPEN', async (t) => {
  const message = request(Opcode.OPEN, hex('02800000 01000000'))
  t.same(decodeOpen(readerOf(message)), { flags: 0x8002, openFlags: 1 })
  refusesPrefixes(t, message, decodeOpen)
})

t.test('READ', async (t) => {
  const body = hex(`${FH} ffffffffffff1f00 00000200 02000000 ${OWNER} 00800000 00000000`)
  const message = request(Opcode.READ, body)
  t.same(decodeRead(readerOf(message)), {
    fhLow: 7,
    fhHigh: 0x80000000,
    offset: Number.MAX_SAFE_INTEGER,
    size: 131072,
    readFlags: 2,
    lockOwnerLow: 0x04030201,
    lockOwnerHigh: 0x88070605,
    flags: 0x8000,
  })
  refusesPrefixes(t, message, decodeRead)
})

t.test('offsets at 2^32 and 2^53', async (t) => {
  const at = (offset: string) =>
    readerOf(request(Opcode.READ, hex(`${FH} ${offset} ${'00'.repeat(24)}`)))
  t.equal(decodeRead(at('ffffffff00000000')).offset, 2 ** 32 - 1)
  t.equal(decodeRead(at('0000000001000000')).offset, 2 ** 32)
  refuses(t, 'ERR_FUSE_UNSAFE_INTEGER', () => decodeRead(at('0000000000002000')), '2^53')
  refuses(t, 'ERR_FUSE_UNSAFE_INTEGER', () => decodeRead(at('ffffffffffffff7f')), '2^63-1')
})

t.test('WRITE', async (t) => {
  const body = hex(`${FH} 0010000000000000 05000000 04000000 ${OWNER} 01800000 00000000 68656c6c6f`)
  const message = request(Opcode.WRITE, body)
  const reader = readerOf(message)
  const { dataStart, dataEnd, ...rest } = decodeWrite(reader)
  t.equal(range(reader, dataStart, dataEnd), 'hello')
  t.equal(dataStart, reader.start + 80)
  t.same(rest, {
    fhLow: 7,
    fhHigh: 0x80000000,
    offset: 4096,
    writeFlags: 4,
    lockOwnerLow: 0x04030201,
    lockOwnerHigh: 0x88070605,
    flags: 0x8001,
  })
  refusesPrefixes(t, message, decodeWrite)
})

t.test('WRITE of more than the message holds is refused', async (t) => {
  for (const size of ['01000000', 'ffffffff']) {
    const body = hex(`${FH} 0000000000000000 ${size} 00000000 ${OWNER} 01800000 00000000`)
    const reader = readerOf(request(Opcode.WRITE, body))
    refuses(t, 'ERR_FUSE_SHORT_READ', () => decodeWrite(reader), size)
  }
})

t.test('WRITE of nothing has an empty range', async (t) => {
  const body = hex(`${FH} 0000000000000000 00000000 00000000 ${OWNER} 01800000 00000000`)
  const { dataStart, dataEnd } = decodeWrite(readerOf(request(Opcode.WRITE, body)))
  t.equal(dataEnd, dataStart)
})

t.test('FLUSH', async (t) => {
  const message = request(Opcode.FLUSH, hex(`${FH} 00000000 00000000 ${OWNER}`))
  t.same(decodeFlush(readerOf(message)), {
    fhLow: 7,
    fhHigh: 0x80000000,
    lockOwnerLow: 0x04030201,
    lockOwnerHigh: 0x88070605,
  })
  refusesPrefixes(t, message, decodeFlush)
})

t.test('RELEASE', async (t) => {
  const message = request(Opcode.RELEASE, hex(`${FH} 02800000 02000000 ${OWNER}`))
  t.same(decodeRelease(readerOf(message)), {
    fhLow: 7,
    fhHigh: 0x80000000,
    flags: 0x8002,
    releaseFlags: 2,
    lockOwnerLow: 0x04030201,
    lockOwnerHigh: 0x88070605,
  })
  refusesPrefixes(t, message, decodeRelease)
})

t.test('FSYNC of everything and of data only', async (t) => {
  const message = request(Opcode.FSYNC, hex(`${FH} 00000000 00000000`))
  t.same(decodeFsync(readerOf(message)), { fhLow: 7, fhHigh: 0x80000000, dataOnly: false })
  message[48] = 1
  t.equal(decodeFsync(readerOf(message)).dataOnly, true)
  refusesPrefixes(t, message, decodeFsync)
})

t.test('ACCESS', async (t) => {
  const message = request(Opcode.ACCESS, hex('05000000 00000000'))
  t.same(decodeAccess(readerOf(message)), { mask: 5 })
  refusesPrefixes(t, message, decodeAccess)
})
