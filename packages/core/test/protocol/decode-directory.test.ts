import {
  decodeFsyncdir,
  decodeOpendir,
  decodeReaddir,
  decodeReleasedir,
  Opcode,
} from '@fuseloop/core/protocol'
import t from 'tap'
import { hex, readerOf, refusesPrefixes, request } from './wire-memory.js'

const FH = '0700000000000000'

t.test('OPENDIR, READDIR, RELEASEDIR and FSYNCDIR read as their file twins', async (t) => {
  const opendir = request(Opcode.OPENDIR, hex('00000100 00000000'))
  t.match(decodeOpendir(readerOf(opendir)), { flags: 0x10000 })
  refusesPrefixes(t, opendir, decodeOpendir)

  const body = hex(`${FH} 4800000000000000 00100000 00000000 ${'00'.repeat(16)}`)
  const readdir = request(Opcode.READDIR, body)
  t.match(decodeReaddir(readerOf(readdir)), { fhLow: 7, fhHigh: 0, offset: 0x48, size: 4096 })
  refusesPrefixes(t, readdir, decodeReaddir)

  const releasedir = request(Opcode.RELEASEDIR, hex(`${FH} ${'00'.repeat(16)}`))
  t.match(decodeReleasedir(readerOf(releasedir)), { fhLow: 7, fhHigh: 0 })
  refusesPrefixes(t, releasedir, decodeReleasedir)

  const fsyncdir = request(Opcode.FSYNCDIR, hex(`${FH} 01000000 00000000`))
  t.match(decodeFsyncdir(readerOf(fsyncdir)), { fhLow: 7, dataOnly: true })
  refusesPrefixes(t, fsyncdir, decodeFsyncdir)
})

t.test('the offset of READDIR has all 64 bits', async (t) => {
  for (const [words, offset] of [
    ['ffffffffffff1f00', Number.MAX_SAFE_INTEGER],
    ['0000000000002000', 2n ** 53n],
    ['ffffffffffffff7f', 2n ** 63n - 1n],
    ['ffffffffffffffff', 2n ** 64n - 1n],
  ] as const) {
    const message = request(Opcode.READDIRPLUS, hex(`${FH} ${words} 00100000 ${'00'.repeat(20)}`))
    t.equal(decodeReaddir(readerOf(message)).offset, offset)
  }
})
