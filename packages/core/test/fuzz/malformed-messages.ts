// Messages that no kernel sends: valid ones that were cut, extended, or changed where it hurts, and random bytes.

import { RequestBuilder } from '@fuseloop/core/testing'
import * as fc from 'fast-check'

/** What one read can bring: bytes before and in the smallest payload of a slot. */
const MOST_BYTES = 80 + 69_632
const HEADER = 40
/** Bit 63, worker 0, generation 1: an object handle of the only worker. */
const OBJECT_HANDLE = (1n << 63n) | (1n << 32n)
const OFFSET = { length: 0, opcode: 4, unique: 8, nodeid: 16 } as const

/** With a security label and a group behind it. */
function extended(message: Uint8Array): Buffer {
  const label = '2800000001000000050000000000000073656375726974792e73656c696e757800756e636f6e0000'
  const group = '10000000200000000100000008000000'
  const longer = Buffer.concat([message, Buffer.from(label + group, 'hex')])
  longer.writeUInt32LE(longer.byteLength, 0)
  longer.writeUInt16LE((label.length + group.length) / 16, 36)
  return longer
}

/** One of each kind, for nodes 1 to 3, with handles of all kinds. */
export function validMessages(): Uint8Array[] {
  const request = new RequestBuilder()
  const nodeid = 2
  const handles = [0, 5, OBJECT_HANDLE | 1n, OBJECT_HANDLE | 2n, OBJECT_HANDLE | (1n << 56n)]
  return [
    request.init({ flags: (1n << 62n) | 0xffffn }),
    request.lookup(1, 'f'),
    request.lookup(3, Buffer.from([0xff, 0x66])),
    request.getattr(1),
    request.setattr(nodeid, { mode: 0o600, size: 9, atime: 'now', mtime: 10n ** 18n, ctime: 1n }),
    request.readlink(nodeid),
    request.symlink(1, 'l', '../target'),
    request.mknod(1, 'n', 0o100644),
    request.mkdir(1, 'd', 0o755),
    request.unlink(1, 'f'),
    request.rmdir(1, 'd'),
    request.rename(1, 'f', 3, 'g'),
    request.rename2(1, 'f', 3, 'g', 0),
    request.rename2(1, 'f', 3, 'g', 2),
    request.tmpfile(1, 0o100600, 2),
    extended(request.mkdir(1, 'd', 0o755)),
    extended(request.symlink(1, 'l', 'target')),
    request.link(nodeid, 1, 'h'),
    request.open(nodeid, 2),
    request.statfs(1),
    request.opendir(1),
    request.access(1, 4),
    request.create(1, 'c', 0o100644, 2),
    request.setxattr(1, 'user.a', 'value', { flags: 1 }),
    request.getxattr(1, 'user.a', 0),
    request.listxattr(1, 100),
    request.bmap(nodeid, 3, 4096),
    request.syncfs(1),
    request.removexattr(nodeid, 'user.a'),
    request.message(38, 0),
    request.forget(nodeid, 1),
    request.batchForget([
      [nodeid, 1],
      [3, 2],
    ]),
    request.interrupt(2n),
    ...handles.flatMap((fh) => [
      request.getattr(nodeid, fh),
      request.setattr(nodeid, { size: 1, fh }),
      request.read(nodeid, fh, 4096, 100),
      request.write(nodeid, fh, 0, 'some data'),
      request.release(nodeid, fh),
      request.fsync(nodeid, fh, true),
      request.flush(nodeid, fh),
      request.readdir(1, fh, 0, 500),
      request.readdir(1, fh, 32, 500),
      request.readdirplus(1, fh, 0, 1000),
      request.readdirplus(1, fh, 2n ** 62n, 1000),
      request.releasedir(1, fh),
      request.fsyncdir(1, fh),
      request.fallocate(nodeid, fh, 3, 0, 4096),
      request.lseek(nodeid, fh, 10, 3),
      request.ioctl(nodeid, fh, 1, { input: Buffer.from('in'), outSize: 20 }),
      request.ioctl(1, fh, 1, { flags: 0x10 }),
      request.statx(nodeid, 0, 0xfff, fh),
      request.copyFileRange({ nodeid, fh, offset: 0 }, { nodeid, fh, offset: 100 }, 10),
      request.copyFileRange64({ nodeid, fh, offset: 1 }, { nodeid: 1, fh: 5, offset: 0 }, 10),
    ]),
  ]
}

type Edit = (message: Buffer) => Buffer

/** Lengths, counts and numbers at the edges of what a field holds. */
const extreme = fc.constantFrom(
  0n,
  1n,
  2n,
  0x7fn,
  0xffffn,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_fff0n,
  0xffff_ffffn,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
)
const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })

function at(message: Buffer, where: number, step: number): number {
  return Math.floor((where * message.byteLength) / step) * step
}

const cut = place.map<Edit>((where) => (message) => message.subarray(0, at(message, where, 1)))
const cutToHeader = fc.nat({ max: 20 }).map<Edit>((more) => (message) => {
  return message.subarray(0, HEADER + more)
})
const extend = fc
  .record({ length: fc.constantFrom(1, 3, 8, 64, 4096, 60_000), byte: fc.nat({ max: 255 }) })
  .map<Edit>(({ length, byte }) => (message) => {
    return Buffer.concat([message, Buffer.alloc(length, byte)])
  })
const flip = fc.tuple(place, fc.nat({ max: 7 })).map<Edit>(([where, bit]) => (message) => {
  const index = at(message, where, 1)
  if (message.byteLength > 0) message.writeUInt8(message.readUInt8(index) ^ (1 << bit), index)
  return message
})
const word = fc.tuple(place, extreme).map<Edit>(([where, value]) => (message) => {
  const index = at(message, where, 4)
  if (index + 4 <= message.byteLength) message.writeUInt32LE(Number(value & 0xffff_ffffn), index)
  return message
})
const doubleWord = fc.tuple(place, extreme).map<Edit>(([where, value]) => (message) => {
  const index = at(message, where, 8)
  if (index + 8 <= message.byteLength) message.writeBigUInt64LE(value, index)
  return message
})
/** A count, a size or flags: the word behind the header, or the one that READ and WRITE have for a size. */
const bodyWord = fc.tuple(fc.constantFrom(40, 56), extreme).map<Edit>(([index, value]) => {
  return (message) => {
    if (index + 4 <= message.byteLength) message.writeUInt32LE(Number(value & 0xffff_ffffn), index)
    return message
  }
})
const otherOpcode = fc.constantFrom(0, 2, 36, 38, 42, 63, 64, 255, 4096, 2 ** 31, 2 ** 32 - 1)
const opcode = fc.oneof(fc.nat({ max: 52 }), otherOpcode).map<Edit>((value) => (message) => {
  if (message.byteLength >= HEADER) message.writeUInt32LE(value, OFFSET.opcode)
  return message
})
/** Names lose their end, or gain a second one. */
const terminators = fc.constantFrom(0, 0x2f, 0xff).map<Edit>((byte) => (message) => {
  const last = message.byteLength - 1
  if (last >= HEADER) message.writeUInt8(byte, last)
  return message
})

const edit = fc.oneof(
  cut,
  cutToHeader,
  extend,
  flip,
  word,
  doubleWord,
  bodyWord,
  opcode,
  terminators,
)
/** Whether the header's length is made true at last: else most messages end at the first check. */
const honest = fc.constantFrom(true, true, true, false)

const mutated = fc
  .tuple(fc.constantFrom(...validMessages()), fc.array(edit, { maxLength: 4 }), honest)
  .map(([message, edits, isHonest]) => {
    let changed = Buffer.from(message)
    for (const change of edits) changed = Buffer.from(change(changed).subarray(0, MOST_BYTES))
    return isHonest ? withLength(changed) : changed
  })
const randomBody = fc
  .tuple(fc.nat({ max: 52 }), fc.nat({ max: 4 }), fc.uint8Array({ maxLength: 200 }), honest)
  .map(([code, nodeid, body, isHonest]) => {
    const message = Buffer.concat([Buffer.alloc(HEADER), body])
    message.writeUInt32LE(code, OFFSET.opcode)
    message.writeUInt32LE(2, OFFSET.unique)
    message.writeUInt32LE(nodeid, OFFSET.nodeid)
    return isHonest ? withLength(message) : message
  })
const noise = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))

/** Bytes as one read of the device might bring them, if the kernel were broken. */
export const malformedMessage: fc.Arbitrary<Buffer> = fc.oneof(
  { arbitrary: mutated, weight: 6 },
  { arbitrary: randomBody, weight: 2 },
  { arbitrary: noise, weight: 1 },
)

function withLength(message: Buffer): Buffer {
  if (message.byteLength >= 4) message.writeUInt32LE(message.byteLength, OFFSET.length)
  return message
}
