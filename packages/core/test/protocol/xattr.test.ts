import { randomBytes } from 'node:crypto'
import {
  decodeGetxattr,
  decodeListxattr,
  decodeRemovexattr,
  decodeSetxattr,
  encodeGetxattrOut,
  Opcode,
  type WireReader,
} from '@fuseloop/core/protocol'
import { RequestBuilder } from '@fuseloop/core/testing'
import t from 'tap'
import { hex, range, readerOf, refuses, refusesPrefixes, request, writerOf } from './wire-memory.js'

/** 'user.a' and its NUL. */
const NAME = '757365722e6100'
const extended = (reader: WireReader) => decodeSetxattr(reader, true)
const compat = (reader: WireReader) => decodeSetxattr(reader, false)

t.test('SETXATTR with SETXATTR_EXT', async (t) => {
  const message = request(
    Opcode.SETXATTR,
    hex(`03000000 02000000 01000000 00000000 ${NAME} 780079`),
  )
  const reader = readerOf(message)
  const { nameStart, nameEnd, dataStart, dataEnd, ...rest } = extended(reader)
  t.equal(range(reader, nameStart, nameEnd), 'user.a')
  t.equal(range(reader, dataStart, dataEnd), 'x\0y')
  t.same(rest, { flags: 2, setxattrFlags: 1 })
  refusesPrefixes(t, message, extended)
})

t.test('SETXATTR without it has half the struct', async (t) => {
  const message = request(Opcode.SETXATTR, hex(`01000000 01000000 ${NAME} 78`))
  const reader = readerOf(message)
  const { nameStart, nameEnd, dataStart, dataEnd, ...rest } = compat(reader)
  t.equal(range(reader, nameStart, nameEnd), 'user.a')
  t.equal(range(reader, dataStart, dataEnd), 'x')
  t.same(rest, { flags: 1, setxattrFlags: 0 })
  refusesPrefixes(t, message, compat)
})

t.test('SETXATTR of nothing has an empty range, of more than there is none', async (t) => {
  const head = (size: string) => hex(`${size} 00000000 00000000 00000000 ${NAME}`)
  const { dataStart, dataEnd } = extended(readerOf(request(Opcode.SETXATTR, head('00000000'))))
  t.equal(dataEnd, dataStart)
  for (const size of ['01000000', 'ffffffff']) {
    const reader = readerOf(request(Opcode.SETXATTR, head(size)))
    refuses(t, 'ERR_FUSE_SHORT_READ', () => extended(reader), size)
  }
})

t.test('GETXATTR', async (t) => {
  const message = request(Opcode.GETXATTR, hex(`00010000 00000000 ${NAME}`))
  const reader = readerOf(message)
  const { nameStart, nameEnd, size } = decodeGetxattr(reader)
  t.equal(range(reader, nameStart, nameEnd), 'user.a')
  t.equal(size, 256)
  refusesPrefixes(t, message, decodeGetxattr)
})

t.test('LISTXATTR', async (t) => {
  const message = request(Opcode.LISTXATTR, hex('00000100 00000000'))
  t.same(decodeListxattr(readerOf(message)), { size: 65536 })
  refusesPrefixes(t, message, decodeListxattr)
})

t.test('REMOVEXATTR; a name may hold / and must not be empty', async (t) => {
  const message = request(Opcode.REMOVEXATTR, hex('757365722e2f00'))
  const reader = readerOf(message)
  const { nameStart, nameEnd } = decodeRemovexattr(reader)
  t.equal(range(reader, nameStart, nameEnd), 'user./')
  refusesPrefixes(t, message, decodeRemovexattr)
  const empty = readerOf(request(Opcode.REMOVEXATTR, hex('00')))
  refuses(t, 'ERR_FUSE_BAD_NAME', () => decodeRemovexattr(empty), 'empty')
})

t.test('any name and value come through', async (t) => {
  const builder = new RequestBuilder()
  for (let round = 0; round < 200; round++) {
    const name = randomBytes(1 + (round % 255)).map((byte) => byte || 1)
    const value = randomBytes((round * 331) % 65537)
    const isExtended = round % 2 === 0
    const message = builder.setxattr(7, name, value, { flags: round % 3, extended: isExtended })
    const reader = readerOf(message)
    const given = decodeSetxattr(reader, isExtended)
    t.same(
      [
        Buffer.compare(reader.bytes.subarray(given.nameStart, given.nameEnd), name),
        Buffer.compare(reader.bytes.subarray(given.dataStart, given.dataEnd), value),
        given.flags,
      ],
      [0, 0, round % 3],
    )
  }
})

t.test('getxattr_out', async (t) => {
  const target = writerOf(8)
  encodeGetxattrOut(target.writer, 0, 0x10001)
  t.equal(target.written(), '0100010000000000')
  t.ok(target.intact())
  refuses(t, 'ERR_FUSE_NO_SPACE', () => encodeGetxattrOut(writerOf(7).writer, 0, 1), 'short')
})
