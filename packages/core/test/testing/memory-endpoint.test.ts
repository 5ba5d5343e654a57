// The refusals are those of fs/fuse/dev.c fuse_dev_do_read() and fuse_dev_do_write().

import { MemoryEndpoint, RequestBuilder, uniqueOf } from '@fuseloop/core/testing'
import t from 'tap'

const EIO = -5
const EAGAIN = -11
const ENODEV = -19
const EINVAL = -22
const ENOENT = -2

function header(unique: bigint, error: number, bodyLength = 0, length = 16 + bodyLength): Buffer {
  const bytes = Buffer.alloc(16)
  bytes.writeUInt32LE(length, 0)
  bytes.writeInt32LE(error, 4)
  bytes.writeBigUInt64LE(unique, 8)
  return bytes
}

/** A GETATTR that was read and waits for its reply. */
function waiting(): {
  endpoint: MemoryEndpoint
  unique: bigint
  reply: ReturnType<MemoryEndpoint['send']>
} {
  const endpoint = new MemoryEndpoint()
  const message = new RequestBuilder().getattr(1)
  const reply = endpoint.send(message)
  endpoint.read(Buffer.alloc(8192))
  return { endpoint, unique: uniqueOf(message), reply }
}

t.test('messages are read whole, in the order they were sent', async (t) => {
  const endpoint = new MemoryEndpoint()
  const request = new RequestBuilder()
  const messages = [request.lookup(1, 'a'), request.forget(2, 1), request.getattr(1)]
  for (const message of messages) {
    if (uniqueOf(message) === 0n) endpoint.sendNoReply(message)
    else void endpoint.send(message)
  }
  const target = Buffer.alloc(8192)
  for (const message of messages) {
    t.equal(endpoint.read(target), message.byteLength)
    t.same(target.subarray(0, message.byteLength), Buffer.from(message))
  }
  t.equal(endpoint.read(target), EAGAIN)
  t.equal(endpoint.unanswered, 2)
})

t.test('a buffer below what a WRITE may need is refused, even if nothing is pending', async (t) => {
  t.equal(new MemoryEndpoint().read(Buffer.alloc(8191)), EINVAL)
  t.equal(new MemoryEndpoint().read(Buffer.alloc(8192)), EAGAIN)
  const endpoint = new MemoryEndpoint({ maxWrite: 65536 })
  t.equal(endpoint.read(Buffer.alloc(65536 + 79)), EINVAL)
  t.equal(endpoint.read(Buffer.alloc(65536 + 80)), EAGAIN)
})

t.test('a request that is too large for the buffer fails, and the next one is read', async (t) => {
  const endpoint = new MemoryEndpoint()
  const request = new RequestBuilder()
  const large = endpoint.send(request.write(2, 0, 0, Buffer.alloc(9000)))
  const next = request.getattr(1)
  void endpoint.send(next)
  t.equal(endpoint.read(Buffer.alloc(8192)), next.byteLength)
  t.equal((await large).error, EIO)
})

t.test('a reply in pieces settles its request', async (t) => {
  const { endpoint, unique, reply } = waiting()
  const body = Buffer.alloc(104, 7)
  t.equal(
    endpoint.writev([header(unique, 0, 104), body.subarray(0, 50), body.subarray(50)]),
    16 + 104,
  )
  t.same((await reply).body, body)
  t.equal((await reply).error, 0)
  t.equal(endpoint.unanswered, 0)
})

t.test('an error settles its request', async (t) => {
  const { endpoint, unique, reply } = waiting()
  t.equal(endpoint.writev([header(unique, -13)]), 16)
  t.equal((await reply).code, 'EACCES')
})

t.test('a reply that contradicts itself is refused, and the request still waits', async (t) => {
  const { endpoint, unique, reply } = waiting()
  const refused: [string, Uint8Array[]][] = [
    ['shorter than a header', [header(unique, 0).subarray(0, 15)]],
    ['a length that is too small', [header(unique, 0, 104, 16), Buffer.alloc(104)]],
    ['a length that is too large', [header(unique, 0, 104, 121), Buffer.alloc(104)]],
    ['a positive error', [header(unique, 1)]],
    ['an error of -512', [header(unique, -512)]],
    ['a notification', [header(0n, 0)]],
  ]
  for (const [message, pieces] of refused) t.equal(endpoint.writev(pieces), EINVAL, message)
  t.equal(endpoint.unanswered, 1)
  t.equal(endpoint.writev([header(unique, -511)]), 16, '-511 is the last errno')
  t.equal((await reply).error, -511)
})

t.test('a body beside an error, or of the wrong size, ends the request with EIO', async (t) => {
  const beside = waiting()
  t.equal(beside.endpoint.writev([header(beside.unique, -2, 8), Buffer.alloc(8)]), EINVAL)
  t.equal((await beside.reply).error, EIO)
  for (const length of [0, 103, 105, 128]) {
    const { endpoint, unique, reply } = waiting()
    t.equal(endpoint.writev([header(unique, 0, length), Buffer.alloc(length)]), EINVAL)
    t.equal((await reply).error, EIO, `${length} bytes of attributes`)
    t.equal(endpoint.writev([header(unique, -2)]), ENOENT, 'and it is answered')
  }
})

t.test('a READ may be answered with less than it asked for, not with more', async (t) => {
  for (const [length, count] of [
    [0, 16],
    [99, 115],
    [100, 116],
    [101, EINVAL],
  ] as const) {
    const endpoint = new MemoryEndpoint()
    const message = new RequestBuilder().read(2, 0, 0, 100)
    const reply = endpoint.send(message)
    endpoint.read(Buffer.alloc(8192))
    const pieces = [header(uniqueOf(message), 0, length), Buffer.alloc(length)]
    t.equal(endpoint.writev(pieces), count)
    t.equal((await reply).error, count < 0 ? EIO : 0)
  }
})

t.test('a second reply, and one to a request that was never read, finds nothing', async (t) => {
  const { endpoint, unique } = waiting()
  t.equal(endpoint.writev([header(unique, -2)]), 16)
  t.equal(endpoint.writev([header(unique, -2)]), ENOENT)
  t.equal(endpoint.writev([header(999n, -2)]), ENOENT)
  const pending = new RequestBuilder().getattr(1)
  void endpoint.send(pending)
  t.equal(endpoint.writev([header(uniqueOf(pending), -2)]), ENOENT)
})

t.test('the reply to a request whose client is gone finds nothing', async (t) => {
  const { endpoint, unique, reply } = waiting()
  endpoint.drop(unique)
  t.equal((await reply).code, 'EINTR')
  t.equal(endpoint.writev([header(unique, -2)]), ENOENT)
})

for (const end of ['close', 'abort', 'unmount'] as const) {
  t.test(`${end} ends the connection for both sides`, async (t) => {
    let readable = 0
    const endpoint = new MemoryEndpoint({ onReadable: () => readable++ })
    const request = new RequestBuilder()
    const read = request.getattr(1)
    const replies = [endpoint.send(read), endpoint.send(request.getattr(1))]
    endpoint.read(Buffer.alloc(8192))
    t.equal(readable, 2)
    endpoint[end]()
    endpoint[end]()
    t.equal(readable, 3, 'the reader is told once')
    t.same(
      (await Promise.all(replies)).map((reply) => reply.code),
      ['ECONNABORTED', 'ECONNABORTED'],
    )
    t.equal(endpoint.read(Buffer.alloc(8192)), ENODEV)
    t.equal(endpoint.writev([header(uniqueOf(read), -2)]), ENOENT)
    t.equal((await endpoint.send(request.getattr(1))).code, 'ENOTCONN')
    endpoint.sendNoReply(request.forget(2, 1))
    t.equal(endpoint.unanswered, 0)
  })
}
