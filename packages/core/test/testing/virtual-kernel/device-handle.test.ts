// The refusals are those of fs/fuse/dev.c fuse_dev_do_read(), fuse_dev_do_write(), fuse_dev_poll() and
// fuse_dev_release().

import { FuseConnection, IOCTL_CLONE, MemoryKernel } from '@fuseloop/core/testing'
import t from 'tap'
import { attrOut, connected, Err, entryOut, reply, take } from './connected.js'

t.test('before it is mounted a handle is EPERM, and in error', async (t) => {
  const device = new FuseConnection().openDevice()
  t.equal(device.read(Buffer.alloc(8192)), Err.EPERM)
  t.equal(device.writev([reply(2n, 0)]), Err.EPERM)
  t.same(device.poll(), { readable: false, writable: false, error: true })
})

t.test('messages are read whole, with uniques that are even and rise', async (t) => {
  const kernel = connected()
  const { request } = kernel
  const messages = [request.lookup(1, 'a'), request.statfs(1), request.getattr(1)]
  const sent = messages.map((message) => kernel.requestSend(message))
  for (const [index, message] of messages.entries()) {
    const { bytes, unique } = take(kernel)
    t.same(bytes, Buffer.from(message))
    t.equal(unique, BigInt(4 + 2 * index))
    t.equal(sent[index]?.unique, unique)
  }
  t.equal(kernel.device.read(Buffer.alloc(8192)), Err.EAGAIN)
  t.equal(kernel.connection.unanswered, 3)
})

t.test('a buffer below what a WRITE may need is refused, even if nothing is pending', async (t) => {
  const fresh = new MemoryKernel()
  t.equal(fresh.device.read(Buffer.alloc(8191)), Err.EINVAL)
  fresh.initialize({ maxWrite: 65536 })
  t.equal(fresh.device.read(Buffer.alloc(65536 + 79)), Err.EINVAL)
  t.equal(fresh.device.read(Buffer.alloc(65536 + 80)), Err.EAGAIN)
  t.equal(connected().device.read(Buffer.alloc(8191)), Err.EINVAL)
  t.equal(connected().device.read(Buffer.alloc(8192)), Err.EAGAIN)
})

t.test('a request that is too large for the buffer fails, and the next one is read', async (t) => {
  const kernel = connected()
  const { request } = kernel
  const large = kernel.send(request.write(2, 0, 0, Buffer.alloc(9000)))
  const attribute = kernel.send(request.message(21, 2, Buffer.alloc(9000)))
  const next = request.getattr(1)
  void kernel.send(next)
  t.equal(kernel.device.read(Buffer.alloc(8192)), next.byteLength)
  t.equal((await large).error, Err.EIO)
  t.equal((await attribute).error, Err.E2BIG, 'SETXATTR')
})

t.test('a reply in pieces settles its request', async (t) => {
  const kernel = connected()
  const got = kernel.send(kernel.request.getattr(1))
  const whole = reply(take(kernel).unique, 0, attrOut(0o040755))
  t.equal(
    kernel.device.writev([whole.subarray(0, 7), whole.subarray(7, 50), whole.subarray(50)]),
    120,
  )
  t.equal((await got).attributes.mode, 0o040755)
  t.equal(kernel.connection.unanswered, 0)
})

t.test('a reply that contradicts itself is refused, and the request still waits', async (t) => {
  const kernel = connected()
  const sent = kernel.requestSend(kernel.request.getattr(1))
  const { unique } = take(kernel)
  const lying = (length: number): Buffer => {
    const bytes = reply(unique, 0, Buffer.alloc(104))
    bytes.writeUInt32LE(length, 0)
    return bytes
  }
  const refused: [string, Buffer][] = [
    ['shorter than a header', reply(unique, 0).subarray(0, 15)],
    ['nothing', Buffer.alloc(0)],
    ['a length that is too small', lying(16)],
    ['a length that is too large', lying(121)],
    ['a positive error', reply(unique, 1)],
    ['an error of -512', reply(unique, -512)],
  ]
  for (const [message, bytes] of refused)
    t.equal(kernel.device.writev([bytes]), Err.EINVAL, message)
  t.equal(kernel.connection.unanswered, 1)
  t.equal(kernel.device.writev([reply(unique, -511)]), 16, '-511 is the last errno')
  t.equal((await sent.reply).error, -511)
})

t.test('a body beside an error, or of the wrong size, ends the request with EIO', async (t) => {
  for (const [error, length] of [
    [-2, 8],
    [0, 0],
    [0, 103],
    [0, 105],
  ] as const) {
    const kernel = connected()
    const got = kernel.send(kernel.request.getattr(1))
    const { unique } = take(kernel)
    t.equal(kernel.device.writev([reply(unique, error, Buffer.alloc(length))]), Err.EINVAL)
    t.equal((await got).error, Err.EIO, `${error} with ${length} bytes`)
    t.equal(kernel.device.writev([reply(unique, -2)]), Err.ENOENT, 'and it is answered')
    t.match(kernel.violations, [{ rule: 'wrong size' }, { rule: 'double reply' }])
  }
})

t.test('a reply of variable length may have less than was asked for, not more', async (t) => {
  const kernel = connected()
  const { request } = kernel
  const xattr = (opcode: number, size: number): Uint8Array =>
    request.message(opcode, 2, Buffer.from([size, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('user.a\0'))
  const ioctl = (outSize: number): Uint8Array => {
    const body = Buffer.alloc(32)
    body.writeUInt32LE(outSize, 28)
    return request.message(39, 2, body)
  }
  const bounds: [string, () => Uint8Array, least: number, most: number][] = [
    ['READ', () => request.read(2, 0, 0, 100), 0, 100],
    ['READDIR', () => request.readdir(2, 0, 0, 100), 0, 100],
    ['READLINK', () => request.readlink(2), 0, 4095],
    ['GETXATTR of a size', () => xattr(22, 0), 8, 8],
    ['GETXATTR of a value', () => xattr(22, 9), 0, 9],
    ['LISTXATTR', () => xattr(23, 9), 0, 9],
    ['IOCTL', () => ioctl(8192), 16, 16 + 8192],
    ['WRITE', () => request.write(2, 0, 0, 'abc'), 8, 8],
    ['UNLINK', () => request.unlink(1, 'a'), 0, 0],
    ['CREATE', () => request.create(1, 'a', 0o100644), 144, 144],
    ['STATX', () => request.message(52, 2, Buffer.alloc(24)), 288, 288],
  ]
  for (const [name, message, least, most] of bounds) {
    for (const length of [least - 1, least, most, most + 1].filter((one) => one >= 0)) {
      void kernel.send(message())
      const count = kernel.device.writev([reply(take(kernel).unique, 0, Buffer.alloc(length))])
      const isTaken = length >= least && length <= most
      t.equal(count, isTaken ? 16 + length : Err.EINVAL, `${name}: ${length} bytes`)
    }
  }
})

t.test('a second reply, and one to a request that was never read, finds nothing', async (t) => {
  const kernel = connected()
  void kernel.send(kernel.request.statfs(1))
  const { unique } = take(kernel)
  t.equal(kernel.device.writev([reply(unique, -2)]), 16)
  t.equal(kernel.device.writev([reply(unique, -2)]), Err.ENOENT)
  t.equal(kernel.device.writev([reply(998n, -2)]), Err.ENOENT)
  const pending = kernel.requestSend(kernel.request.getattr(1))
  t.equal(kernel.device.writev([reply(pending.unique, -2)]), Err.ENOENT)
  t.match(kernel.violations, [
    { rule: 'double reply' },
    { rule: 'reply to an unknown request' },
    { rule: 'reply to an unknown request' },
  ])
})

t.test('what cannot be is EIO for the client, and taken from the daemon', async (t) => {
  const kernel = connected()
  const { request } = kernel
  const cases: [string, Uint8Array, Buffer][] = [
    ['no type of file', request.lookup(1, 'a'), entryOut(2n, 0o644)],
    ['the root, as a child', request.lookup(1, 'a'), entryOut(1n, 0o040755)],
    ['a negative size', request.lookup(1, 'a'), entryOut(2n, 0o100644, 1n << 63n)],
    ['MKDIR of a file', request.mkdir(1, 'a', 0o755), entryOut(2n)],
    ['SYMLINK to a file', request.symlink(1, 'a', 'b'), entryOut(2n)],
    ['MKNOD of another type', request.mknod(1, 'a', 0o010644), entryOut(2n)],
    ['MKNOD of nothing', request.mknod(1, 'a', 0o100644), entryOut(0n)],
    ['GETATTR of another type', request.getattr(1), attrOut(0o100644)],
    [
      'more written than given',
      request.write(2, 0, 0, 'abc'),
      Buffer.from([4, 0, 0, 0, 0, 0, 0, 0]),
    ],
  ]
  for (const [name, message, body] of cases) {
    const got = kernel.send(message)
    t.equal(kernel.device.writev([reply(take(kernel).unique, 0, body)]), 16 + body.byteLength)
    t.equal((await got).code, 'EIO', name)
  }
  const negative = kernel.send(request.lookup(1, 'none'))
  kernel.device.writev([reply(take(kernel).unique, 0, entryOut(0n, 0))])
  t.equal((await negative).entry.nodeid, 0, 'a negative entry is none of these')
})

t.test('only the handle that has read a request can answer it', async (t) => {
  const kernel = connected()
  const other = kernel.connection.openDevice()
  t.equal(other.ioctl(IOCTL_CLONE, kernel.device), 0)
  t.equal(other.ioctl(IOCTL_CLONE, kernel.device), Err.EINVAL, 'it has a connection')
  t.equal(
    kernel.connection.openDevice().ioctl(IOCTL_CLONE, kernel.connection.openDevice()),
    Err.EPERM,
  )
  t.equal(other.ioctl(0, undefined), Err.ENOTTY)
  const sent = kernel.requestSend(kernel.request.getattr(1))
  const { unique } = take(kernel, other)
  t.equal(kernel.device.writev([reply(unique, -13)]), Err.ENOENT)
  t.equal(other.writev([reply(unique, -13)]), 16)
  t.equal((await sent.reply).code, 'EACCES')
})

t.test('a handle that closes takes along what it has read, and no more', async (t) => {
  const kernel = connected()
  const other = kernel.connection.openDevice()
  other.ioctl(IOCTL_CLONE, kernel.device)
  const [mine, its] = [1, 2].map(() => kernel.requestSend(kernel.request.getattr(1)))
  const { unique } = take(kernel)
  take(kernel, other)
  other.close()
  other.close()
  t.equal((await its?.reply)?.code, 'ECONNABORTED')
  t.equal(kernel.device.writev([reply(unique, -13)]), 16)
  t.equal((await mine?.reply)?.code, 'EACCES')
  kernel.device.close()
  t.equal((await kernel.send(kernel.request.getattr(1))).code, 'ENOTCONN', 'it was the last')
})

for (const end of ['unmount', 'abort', 'close'] as const) {
  t.test(`${end} ends the connection for both sides`, async (t) => {
    const kernel = connected()
    const { device } = kernel
    let woken = 0
    device.onReadable = () => woken++
    const read = kernel.requestSend(kernel.request.getattr(1))
    const replies = [read.reply, kernel.send(kernel.request.getattr(1))]
    take(kernel)
    t.equal(woken, 2)
    const finish = (): void => (end === 'close' ? device.close() : kernel[end]())
    finish()
    finish()
    t.same(
      (await Promise.all(replies)).map((reply) => reply.code),
      ['ECONNABORTED', 'ECONNABORTED'],
    )
    if (end !== 'close') {
      t.equal(woken, 3, 'the reader is told once')
      const gone = end === 'abort' ? Err.ECONNABORTED : Err.ENODEV
      t.equal(device.read(Buffer.alloc(8192)), gone)
      t.equal(device.read(Buffer.alloc(1)), Err.EINVAL, 'a short buffer comes first')
      t.equal(device.writev([reply(read.unique, -2)]), Err.ENOENT)
      t.same(device.poll(), { readable: false, writable: false, error: true })
    }
    t.equal((await kernel.send(kernel.request.getattr(1))).code, 'ENOTCONN')
    kernel.requestSendNoReply(2, 1)
    t.equal(kernel.waiting, 0)
    t.same(kernel.violations, [])
  })
}

t.test('without ABORT_ERROR an abort reads as an unmount', async (t) => {
  const kernel = connected({ flags: 0n })
  kernel.abort()
  t.equal(kernel.device.read(Buffer.alloc(8192)), Err.ENODEV)
})
