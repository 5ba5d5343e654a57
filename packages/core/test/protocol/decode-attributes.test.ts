import { decodeGetattr, decodeSetattr, Opcode, SetattrValid } from '@fuseloop/core/protocol'
import t from 'tap'
import { hex, readerOf, refuses, refusesPrefixes, request } from './wire-memory.js'

t.test('GETATTR by node and by handle', async (t) => {
  const byNode = request(Opcode.GETATTR, hex('00000000 00000000 0000000000000000'))
  t.same(decodeGetattr(readerOf(byNode)), { hasHandle: false, fhLow: 0, fhHigh: 0 })
  const byHandle = request(Opcode.GETATTR, hex('01000000 00000000 0700000000000080'))
  t.same(decodeGetattr(readerOf(byHandle)), { hasHandle: true, fhLow: 7, fhHigh: 0x80000000 })
  refusesPrefixes(t, byNode, decodeGetattr)
})

/** All fields set, so that only `valid` decides. */
function setattr(valid: number): Uint8Array {
  const body = hex(`00000000 00000000 0900000000000080 ffffffffffff1f00 1111111111111111
    0100000000000000 ffffffffffffffff 0300000002000000 0a000000 ffc99a3b 0c000000
    a4810000 00000000 e8030000 64000000 00000000`)
  body.set(Uint8Array.of(valid & 0xff, valid >> 8), 0)
  return request(Opcode.SETATTR, body)
}

const NOTHING = {
  mode: undefined,
  uid: undefined,
  gid: undefined,
  size: undefined,
  atime: undefined,
  mtime: undefined,
  ctime: undefined,
  hasHandle: false,
  fhLow: 9,
  fhHigh: 0x80000000,
  lockOwnerLow: 0x11111111,
  lockOwnerHigh: 0x11111111,
}

t.test('SETATTR tells what is asked for, and no leftovers', async (t) => {
  const cases: [number, object][] = [
    [0, {}],
    [SetattrValid.MODE, { mode: 0o100644 }],
    [SetattrValid.UID, { uid: 1000 }],
    [SetattrValid.GID, { gid: 100 }],
    [SetattrValid.SIZE | SetattrValid.LOCKOWNER, { size: Number.MAX_SAFE_INTEGER }],
    [SetattrValid.ATIME, { atime: { seconds: 1, nanoseconds: 10 } }],
    [SetattrValid.MTIME, { mtime: { seconds: -1, nanoseconds: 999999999 } }],
    [SetattrValid.CTIME, { ctime: { seconds: 0x200000003, nanoseconds: 12 } }],
    [SetattrValid.ATIME | SetattrValid.ATIME_NOW, { atime: 'now' }],
    [SetattrValid.MTIME | SetattrValid.MTIME_NOW, { mtime: 'now' }],
    [0x1b0, { atime: 'now', mtime: 'now' }],
    [SetattrValid.FH, { hasHandle: true }],
  ]
  for (const [valid, changes] of cases) {
    const expected = { valid, ...NOTHING, ...changes }
    t.same(decodeSetattr(readerOf(setattr(valid))), expected, valid.toString(16))
  }
})

t.test('SETATTR requests have one shape', async (t) => {
  const keys = Object.keys(decodeSetattr(readerOf(setattr(0))))
  t.same(Object.keys(decodeSetattr(readerOf(setattr(0x7ff)))), keys)
})

t.test('SETATTR cut short is refused whatever is valid', async (t) => {
  refusesPrefixes(t, setattr(0), decodeSetattr)
  refusesPrefixes(t, setattr(0x67f), decodeSetattr)
})

t.test('sizes and times above 2^53-1 are refused, unless they are leftovers', async (t) => {
  const message = setattr(SetattrValid.MODE)
  message.set(hex('0000000000002000'), 40 + 16)
  message.set(hex('0000000000000080'), 40 + 32)
  t.equal(decodeSetattr(readerOf(message)).size, undefined)
  message[40] = SetattrValid.SIZE
  refuses(t, 'ERR_FUSE_UNSAFE_INTEGER', () => decodeSetattr(readerOf(message)), 'size')
  message[40] = SetattrValid.ATIME
  refuses(t, 'ERR_FUSE_UNSAFE_INTEGER', () => decodeSetattr(readerOf(message)), 'atime')
})
