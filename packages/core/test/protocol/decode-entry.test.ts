import {
  decodeCreate,
  decodeLink,
  decodeMkdir,
  decodeMknod,
  decodeName,
  decodeRename,
  decodeRename2,
  decodeSymlink,
  decodeTmpfile,
  Opcode,
} from '@fuseloop/core/protocol'
import * as fc from 'fast-check'
import t from 'tap'
import { hex, range, readerOf, refuses, refusesPrefixes, request } from './wire-memory.js'

t.test('LOOKUP, UNLINK, RMDIR: a name', async (t) => {
  const message = request(Opcode.LOOKUP, hex('66696c6500'))
  const reader = readerOf(message)
  const { nameStart, nameEnd } = decodeName(reader)
  t.equal(range(reader, nameStart, nameEnd), 'file')
  refusesPrefixes(t, message, decodeName)
})

t.test('SYMLINK: a name, and a target in which slashes may be', async (t) => {
  const message = request(Opcode.SYMLINK, hex('6c6e00 2e2e2f7800'))
  const reader = readerOf(message)
  const symlink = decodeSymlink(reader)
  t.equal(range(reader, symlink.nameStart, symlink.nameEnd), 'ln')
  t.equal(range(reader, symlink.targetStart, symlink.targetEnd), '../x')
  refusesPrefixes(t, message, decodeSymlink)
  const empty = request(Opcode.SYMLINK, hex('6c6e00 00'))
  refuses(t, 'ERR_FUSE_BAD_NAME', () => decodeSymlink(readerOf(empty)), 'an empty target')
})

t.test('MKDIR', async (t) => {
  const message = request(Opcode.MKDIR, hex('ed010000 12000000 6400'))
  const reader = readerOf(message)
  const { nameStart, nameEnd, ...rest } = decodeMkdir(reader)
  t.equal(range(reader, nameStart, nameEnd), 'd')
  t.same(rest, { mode: 0o755, umask: 0o22 })
  refusesPrefixes(t, message, decodeMkdir)
})

t.test('MKNOD', async (t) => {
  const message = request(Opcode.MKNOD, hex('b0210000 03010000 12000000 00000000 6e756c6c00'))
  const reader = readerOf(message)
  const { nameStart, nameEnd, ...rest } = decodeMknod(reader)
  t.equal(range(reader, nameStart, nameEnd), 'null')
  t.same(rest, { mode: 0o020660, rdev: 0x103, umask: 0o22 })
  refusesPrefixes(t, message, decodeMknod)
})

t.test('CREATE', async (t) => {
  const message = request(Opcode.CREATE, hex('c2800000 a4810000 12000000 01000000 6e657700'))
  const reader = readerOf(message)
  const { nameStart, nameEnd, ...rest } = decodeCreate(reader)
  t.equal(range(reader, nameStart, nameEnd), 'new')
  t.same(rest, { flags: 0x80c2, mode: 0o100644, umask: 0o22, openFlags: 1 })
  refusesPrefixes(t, message, decodeCreate)
})

t.test('CREATE ends at its NUL, whatever extension follows', async (t) => {
  const extension = '08000000 00000000 10000000 20000000 01000000 00000000'
  const body = hex(`c2800000 a4810000 12000000 01000000 6e657700 ${extension}`)
  const reader = readerOf(request(Opcode.CREATE, body))
  const { nameStart, nameEnd } = decodeCreate(reader)
  t.equal(range(reader, nameStart, nameEnd), 'new')
})

t.test('TMPFILE: as CREATE, with a slash for a name', async (t) => {
  const message = request(Opcode.TMPFILE, hex('02804000 80810000 12000000 01000000 2f00'))
  t.same(decodeTmpfile(readerOf(message)), {
    flags: 0x408002,
    mode: 0o100600,
    umask: 0o22,
    openFlags: 1,
  })
  refusesPrefixes(t, message, decodeTmpfile)
})

t.test('LINK', async (t) => {
  const message = request(Opcode.LINK, hex('ffffffffffff1f00 6e00'))
  const reader = readerOf(message)
  const { nameStart, nameEnd, ...rest } = decodeLink(reader)
  t.equal(range(reader, nameStart, nameEnd), 'n')
  t.same(rest, { oldNodeid: Number.MAX_SAFE_INTEGER })
  refusesPrefixes(t, message, decodeLink)
})

t.test('RENAME and RENAME2 differ by flags', async (t) => {
  const plain = request(Opcode.RENAME, hex('0500000001000000 6100 626300'))
  const flagged = request(Opcode.RENAME2, hex('0500000001000000 02000000 00000000 6100 626300'))
  for (const [message, decode, flags] of [
    [plain, decodeRename, 0],
    [flagged, decodeRename2, 2],
  ] as const) {
    const reader = readerOf(message)
    const rename = decode(reader)
    t.equal(rename.newParent, 0x100000005)
    t.equal(rename.flags, flags)
    t.equal(range(reader, rename.nameStart, rename.nameEnd), 'a')
    t.equal(range(reader, rename.newNameStart, rename.newNameEnd), 'bc')
    refusesPrefixes(t, message, decode)
  }
})

t.test('names that no kernel sends are refused', async (t) => {
  const bodies: [string, (reader: ReturnType<typeof readerOf>) => unknown][] = [
    ['00', decodeName],
    ['612f6200', decodeName],
    ['6100 00', decodeSymlink],
    ['2f00 6100', decodeSymlink],
    ['ed010000 12000000 00', decodeMkdir],
    ['0500000000000000 6100 2f00', decodeRename],
    ['0500000000000000 2f00 6100', decodeRename],
  ]
  for (const [body, decode] of bodies) {
    const reader = readerOf(request(Opcode.LOOKUP, hex(body)))
    refuses(t, 'ERR_FUSE_BAD_NAME', () => decode(reader), body)
  }
})

t.test('a parent above 2^53-1 is refused', async (t) => {
  const message = request(Opcode.RENAME, hex('0000000000002000 6100 6200'))
  refuses(t, 'ERR_FUSE_UNSAFE_INTEGER', () => decodeRename(readerOf(message)), '2^53')
})

t.test('random bytes yield a name inside the message or a ProtocolError', async () => {
  const decoders = [
    decodeName,
    decodeSymlink,
    decodeMkdir,
    decodeMknod,
    decodeCreate,
    decodeRename2,
  ]
  await fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(...decoders), (body, decode) => {
      const reader = readerOf(request(Opcode.LOOKUP, body))
      try {
        const { nameStart, nameEnd } = decode(reader)
        return nameStart >= reader.start + 40 && nameEnd > nameStart && nameEnd < reader.end
      } catch (error) {
        return error instanceof Error && error.name === 'ProtocolError'
      }
    }),
    { seed: 35, numRuns: 2000 },
  )
})
