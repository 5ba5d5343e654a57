// Messages byte by byte, as they were worked out from include/uapi/linux/fuse.h; what they mean is checked by
// every test of dispatch.

import { opcodeOf, RequestBuilder, uniqueOf } from '@fuseloop/core/testing'
import t from 'tap'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const END = { nodeid: 1, fh: 0, offset: 0 }
const body = (message: Uint8Array): string => hex(message.subarray(40))

t.test('a header says who asks for what', async (t) => {
  const request = new RequestBuilder({ uid: 1, gid: 2, pid: 3 })
  t.equal(
    hex(request.lookup(0x1_0000_0005n, 'ab')),
    '2b000000' + // length
      '01000000' +
      '0200000000000000' + // unique
      '0500000001000000' + // nodeid
      '010000000200000003000000' +
      '00000000' +
      '616200',
  )
})

t.test('uniques are even and rise; what gets no reply has none', async (t) => {
  const request = new RequestBuilder()
  t.equal(uniqueOf(request.getattr(1)), 2n)
  t.equal(uniqueOf(request.statfs(1)), 4n)
  t.equal(uniqueOf(request.forget(2, 1)), 0n)
  t.equal(uniqueOf(request.batchForget([])), 0n)
  t.equal(uniqueOf(request.interrupt(4n)), 5n)
  t.equal(uniqueOf(request.getattr(1)), 6n)
})

t.test('each operation has its opcode and the length of its structs', async (t) => {
  const request = new RequestBuilder()
  const built: [Uint8Array, opcode: number, length: number][] = [
    [request.lookup(1, 'a'), 1, 2],
    [request.forget(1, 1), 2, 8],
    [request.getattr(1), 3, 16],
    [request.setattr(1, {}), 4, 88],
    [request.readlink(1), 5, 0],
    [request.symlink(1, 'a', 'bc'), 6, 5],
    [request.mknod(1, 'a', 0), 8, 18],
    [request.mkdir(1, 'a', 0), 9, 10],
    [request.unlink(1, 'a'), 10, 2],
    [request.rmdir(1, 'a'), 11, 2],
    [request.rename(1, 'a', 1, 'b'), 12, 12],
    [request.link(1, 1, 'a'), 13, 10],
    [request.rename2(1, 'a', 1, 'b', 2), 45, 20],
    [request.tmpfile(1, 0), 51, 18],
    [request.open(1), 14, 8],
    [request.read(1, 0, 0, 0), 15, 40],
    [request.write(1, 0, 0, 'abc'), 16, 43],
    [request.statfs(1), 17, 0],
    [request.release(1, 0), 18, 24],
    [request.fsync(1, 0), 20, 16],
    [request.setxattr(1, 'a', 'bc'), 21, 20],
    [request.setxattr(1, 'a', 'bc', { extended: false }), 21, 12],
    [request.getxattr(1, 'a', 0), 22, 10],
    [request.listxattr(1, 0), 23, 8],
    [request.removexattr(1, 'a'), 24, 2],
    [request.fallocate(1, 0, 0, 0, 1), 43, 32],
    [request.lseek(1, 0, 0, 3), 46, 24],
    [request.copyFileRange(END, END, 1), 47, 56],
    [request.copyFileRange64(END, END, 1), 53, 56],
    [request.syncfs(1), 50, 8],
    [request.bmap(1, 0, 0), 37, 16],
    [request.ioctl(1, 0, 1, { input: Buffer.from('abc') }), 39, 35],
    [request.statx(1, 0, 0), 52, 24],
    [request.flush(1, 0), 25, 24],
    [request.init(), 26, 64],
    [request.opendir(1), 27, 8],
    [request.readdir(1, 0, 0, 0), 28, 40],
    [request.readdirplus(1, 0, 0, 0), 44, 40],
    [request.releasedir(1, 0), 29, 24],
    [request.fsyncdir(1, 0), 30, 16],
    [request.access(1, 0), 34, 8],
    [request.create(1, 'a', 0), 35, 18],
    [request.interrupt(2n), 36, 8],
    [request.batchForget([[2, 1]]), 42, 24],
  ]
  for (const [message, opcode, length] of built) {
    t.equal(opcodeOf(message), opcode)
    t.equal(message.byteLength, 40 + length, `opcode ${opcode}`)
    t.equal(Buffer.from(message).readUInt32LE(0), message.byteLength)
  }
})

t.test('READ and WRITE carry handle, offset, size and flags', async (t) => {
  const request = new RequestBuilder()
  const head = `${'efcdab8967452381'}${'0807060504030201'}`
  t.equal(
    body(request.read(1, 0x8123_4567_89ab_cdefn, 0x0102_0304_0506_0708n, 0x1000, 0o2)),
    `${head}0010000000000000000000000000000002000000${'00000000'}`,
  )
  t.equal(
    body(request.write(1, 0x8123_4567_89ab_cdefn, 0x0102_0304_0506_0708n, 'hi', 0o1)),
    `${head}0200000000000000000000000000000001000000${'00000000'}6869`,
  )
})

t.test('SETATTR marks what it changes as valid, and nothing else', async (t) => {
  const request = new RequestBuilder()
  const valid = (changes: Parameters<RequestBuilder['setattr']>[1]): number =>
    Buffer.from(request.setattr(1, changes)).readUInt32LE(40)
  t.equal(valid({}), 0)
  t.equal(valid({ mode: 0 }), 0x1)
  t.equal(valid({ uid: 0 }), 0x2)
  t.equal(valid({ gid: 0 }), 0x4)
  t.equal(valid({ size: 0 }), 0x8)
  t.equal(valid({ atime: 0n }), 0x10)
  t.equal(valid({ mtime: 0n }), 0x20)
  t.equal(valid({ fh: 0 }), 0x40)
  t.equal(valid({ atime: 'now' }), 0x90)
  t.equal(valid({ mtime: 'now' }), 0x120)
  t.equal(valid({ ctime: 0n }), 0x400)
  const whole = Buffer.from(
    request.setattr(1, { mode: 0o100600, uid: 5, gid: 6, size: 7, mtime: -1n, fh: 8 }),
  ).subarray(40)
  t.equal(whole.readBigUInt64LE(8), 8n, 'fh')
  t.equal(whole.readBigUInt64LE(16), 7n, 'size')
  t.equal(whole.readBigInt64LE(40), -1n, 'a second before the epoch ...')
  t.equal(whole.readUInt32LE(60), 999_999_999, '... and all but one of its nanoseconds')
  t.same(
    [68, 76, 80].map((at) => whole.readUInt32LE(at)),
    [0o100600, 5, 6],
  )
})

t.test('INIT carries the upper flags only with INIT_EXT', async (t) => {
  const request = new RequestBuilder()
  t.equal(
    body(request.init({ minor: 31, flags: 1n })),
    `070000001f000000${'00000200'}01000000`,
    'old kernels have one word of flags',
  )
  t.equal(
    body(request.init({ minor: 36, flags: 1n })).slice(0, 40),
    `0700000024000000${'00000200'}0100000000000000`,
  )
  t.equal(
    body(request.init({ flags: 1n << 41n })).slice(24, 40),
    '0000004000020000',
    'bit 30 and bit 9 of flags2',
  )
})

t.test('BATCH_FORGET counts and lists', async (t) => {
  const message = new RequestBuilder().batchForget([
    [2, 3],
    [0x1_0000_0000n, 1],
  ])
  t.equal(
    body(message),
    '0200000000000000' + '02000000000000000300000000000000' + '00000000010000000100000000000000',
  )
})
