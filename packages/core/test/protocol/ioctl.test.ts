import { randomBytes } from 'node:crypto'
import { decodeIoctl, encodeIoctlOut, Opcode } from '@fuseloop/core/protocol'
import { RequestBuilder } from '@fuseloop/core/testing'
import t from 'tap'
import { hex, range, readerOf, refuses, refusesPrefixes, request, writerOf } from './wire-memory.js'

const HEAD = '0700000000000080 18000000 01660880 efbeadde78563412'

t.test('IOCTL', async (t) => {
  const message = request(Opcode.IOCTL, hex(`${HEAD} 03000000 08000000 616263`))
  const reader = readerOf(message)
  const { dataStart, dataEnd, ...rest } = decodeIoctl(reader)
  t.equal(range(reader, dataStart, dataEnd), 'abc')
  t.same(rest, {
    fhLow: 7,
    fhHigh: 0x80000000,
    flags: 0x18,
    command: 0x80086601,
    argumentLow: 0xdeadbeef,
    argumentHigh: 0x12345678,
    outSize: 8,
  })
  refusesPrefixes(t, message, decodeIoctl)
})

t.test(
  'IOCTL of more than the message holds is refused, of nothing has an empty range',
  async (t) => {
    for (const size of ['01000000', 'ffffffff']) {
      const reader = readerOf(request(Opcode.IOCTL, hex(`${HEAD} ${size} 00000000`)))
      refuses(t, 'ERR_FUSE_SHORT_READ', () => decodeIoctl(reader), size)
    }
    const none = decodeIoctl(readerOf(request(Opcode.IOCTL, hex(`${HEAD} 00000000 00000000`))))
    t.equal(none.dataEnd, none.dataStart)
  },
)

t.test('any input comes through', async (t) => {
  const builder = new RequestBuilder()
  for (let round = 0; round < 100; round++) {
    const input = randomBytes((round * 167) % 16384)
    const command = randomBytes(4).readUInt32LE()
    const reader = readerOf(builder.ioctl(1, 5, command, { input, outSize: round }))
    const given = decodeIoctl(reader)
    t.ok(input.equals(reader.bytes.subarray(given.dataStart, given.dataEnd)))
    t.same([given.command, given.outSize], [command, round])
  }
})

t.test('ioctl_out', async (t) => {
  const target = writerOf(16)
  encodeIoctlOut(target.writer, 0, 0x7fffffff)
  t.equal(target.written(), 'ffffff7f000000000000000000000000')
  t.ok(target.intact())
  refuses(t, 'ERR_FUSE_NO_SPACE', () => encodeIoctlOut(writerOf(15).writer, 0, 0), 'short')
})
