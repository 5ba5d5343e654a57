// Who is read when: INIT first, INTERRUPT before all, FORGETs beside requests, no more in the background than
// agreed (fs/fuse/dev.c).

import { MemoryKernel, type SentRequest } from '@fuseloop/core/testing'
import t from 'tap'
import { connected, Err, reply, take, takeAll } from './connected.js'

const FORGET = 2
const GETATTR = 3
const INIT = 26
const INTERRUPT = 36
const DESTROY = 38
const BATCH_FORGET = 42

function send(kernel: MemoryKernel, count: number): SentRequest[] {
  return Array.from({ length: count }, () => kernel.requestSend(kernel.request.getattr(1)))
}

t.test('nothing is sent before INIT is answered; then all in order', async (t) => {
  const kernel = new MemoryKernel()
  const sent = send(kernel, 2)
  t.same(takeAll(kernel), [INIT])
  t.same(
    sent.map(({ unique }) => unique),
    [0n, 0n],
  )
  const out = Buffer.alloc(64)
  out.writeUInt32LE(7, 0)
  out.writeUInt32LE(45, 4)
  t.equal(kernel.device.writev([reply(2n, 0, out)]), 80)
  t.same(takeAll(kernel), [GETATTR, GETATTR])
  t.same(
    sent.map(({ unique }) => unique),
    [4n, 6n],
  )
})

t.test('a refused INIT makes every request ECONNREFUSED', async (t) => {
  const bodies: [string, number, Buffer][] = [
    ['an error', -22, Buffer.alloc(0)],
    ['another major', 0, Buffer.from([8, 0, 0, 0, 0, 0, 0, 0])],
    ['a body that is too long', 0, Buffer.alloc(65)],
  ]
  for (const [name, error, body] of bodies) {
    const kernel = new MemoryKernel()
    const [early] = send(kernel, 1)
    take(kernel)
    kernel.device.writev([reply(2n, error, body)])
    t.equal((await early?.reply)?.code, 'ECONNREFUSED', name)
    t.equal((await kernel.send(kernel.request.getattr(1))).code, 'ECONNREFUSED')
    t.equal(kernel.device.read(Buffer.alloc(8192)), Err.EAGAIN)
  }
})

t.test(
  'INIT settles minor, sizes and background by whatever length it is answered with',
  async (t) => {
    const answer = (length: number): MemoryKernel => {
      const kernel = new MemoryKernel({ maxPagesLimit: 100 })
      take(kernel)
      const out = Buffer.alloc(64)
      out.writeUInt32LE(7, 0)
      out.writeUInt32LE(31, 4)
      out.writeUInt32LE(1 << 22, 12)
      out.writeUInt16LE(20, 16)
      out.writeUInt16LE(15, 18)
      out.writeUInt32LE(1 << 20, 20)
      out.writeUInt16LE(256, 28)
      kernel.device.writev([reply(2n, 0, out.subarray(0, length))])
      return kernel
    }
    t.match(answer(64).connection.negotiated, {
      minor: 31,
      maxBackground: 20,
      congestionThreshold: 15,
      maxWrite: 1 << 20,
      maxPages: 100,
    })
    t.match(answer(24).connection.negotiated, { maxWrite: 1 << 20, maxPages: 1 })
    t.match(answer(8).connection.negotiated, {
      maxBackground: 12,
      congestionThreshold: 9,
      maxWrite: 4096,
      maxPages: 32,
    })
  },
)

for (let minor = 31; minor <= 45; minor++) {
  t.test(`INIT of 7.${minor} is negotiated with its own flags`, async (t) => {
    const kernel = new MemoryKernel({ minor })
    const { minor: agreed, offered } = kernel.initialize()
    t.equal(agreed, minor)
    t.equal(offered.includes('ABORT_ERROR'), true)
    t.equal(offered.includes('SETXATTR_EXT'), minor >= 33)
    t.equal(offered.includes('INIT_EXT'), minor >= 36)
    t.equal(offered.includes('PASSTHROUGH'), minor >= 40)
    t.equal(offered.includes('OVER_IO_URING'), minor >= 42)
    t.equal(kernel.connection.negotiated?.minor, minor)
  })
}

t.test('only what the kernel offers is granted', async (t) => {
  const kernel = new MemoryKernel({ flags: (1n << 0n) | (1n << 3n) })
  const { granted } = kernel.initialize({ want: ['ATOMIC_O_TRUNC', 'DONT_MASK'] })
  t.same([...granted].sort(), ['ASYNC_READ', 'ATOMIC_O_TRUNC'])
  t.equal(kernel.connection.negotiated?.flags, 0b1001n)
})

t.test('forgets that wait are read as one, a single one as FORGET', async (t) => {
  const kernel = connected()
  kernel.requestSendNoReply(5, 7)
  const single = take(kernel)
  t.equal(single.opcode, FORGET)
  t.equal(single.bytes.readBigUInt64LE(16), 5n)
  t.equal(single.bytes.readBigUInt64LE(40), 7n)
  for (const nodeid of [2, 3, 4]) kernel.requestSendNoReply(nodeid, nodeid * 10)
  const batch = take(kernel)
  t.equal(batch.opcode, BATCH_FORGET)
  t.equal(batch.bytes.readUInt32LE(40), 3)
  t.equal(batch.bytes.byteLength, 48 + 3 * 16)
  t.equal(batch.bytes.readBigUInt64LE(48 + 32), 4n)
  t.equal(batch.bytes.readBigUInt64LE(48 + 40), 40n)
  t.equal(kernel.device.writev([reply(batch.unique, 0)]), Err.ENOENT)
  t.match(kernel.violations, [{ rule: 'reply to a no-reply operation' }])
})

t.test('a batch has what fits into the buffer', async (t) => {
  const kernel = connected()
  for (let nodeid = 2; nodeid < 1002; nodeid++) kernel.requestSendNoReply(nodeid, 1)
  const buffer = Buffer.alloc(8192)
  t.equal(kernel.device.read(buffer), 48 + 16 * 509)
  t.equal(kernel.device.read(buffer), 48 + 16 * 491)
})

t.test('requests and forgets take turns: 8 to 16', async (t) => {
  const kernel = connected()
  send(kernel, 60)
  const order: number[] = []
  for (let step = 0; step < 60; step++) {
    // One forget at a time, so that each read takes one.
    kernel.requestSendNoReply(2, 1)
    order.push(take(kernel).opcode === GETATTR ? 1 : 0)
  }
  const runs =
    order
      .join('')
      .match(/0+|1+/g)
      ?.map((run) => run.length) ?? []
  t.same(runs.slice(0, 4), [8, 16, 8, 16], `${order.join('')}`)
})

t.test('an INTERRUPT is read before all else, once however many signals came', async (t) => {
  const kernel = connected()
  const [first] = send(kernel, 1) as [SentRequest]
  take(kernel)
  send(kernel, 2)
  kernel.requestSendNoReply(2, 1)
  kernel.signal(first)
  kernel.signal(first)
  const { opcode, unique, bytes } = take(kernel)
  t.equal(opcode, INTERRUPT)
  t.equal(bytes.byteLength, 48)
  t.equal(unique, first.unique | 1n)
  t.equal(bytes.readBigUInt64LE(40), first.unique)
  t.same(takeAll(kernel), [GETATTR, GETATTR, FORGET])
})

t.test(
  'a request that was interrupted before it was read is followed by its INTERRUPT',
  async (t) => {
    const kernel = connected()
    const [first] = send(kernel, 2) as [SentRequest]
    kernel.signal(first)
    t.same(takeAll(kernel), [GETATTR, INTERRUPT, GETATTR])
  },
)

t.test('INTERRUPT answered with EAGAIN comes again, until its request is answered', async (t) => {
  const kernel = connected()
  const [first] = send(kernel, 1) as [SentRequest]
  take(kernel)
  t.equal(kernel.device.writev([reply(first.unique | 1n, Err.EAGAIN)]), Err.EINVAL, 'no signal')
  kernel.signal(first)
  for (let round = 0; round < 3; round++) {
    const { opcode, unique } = take(kernel)
    t.equal(opcode, INTERRUPT)
    t.equal(kernel.device.writev([reply(unique, Err.EAGAIN)]), 16)
  }
  t.equal(kernel.device.writev([reply(first.unique, Err.EINTR)]), 16)
  t.equal((await first.reply).code, 'EINTR')
  t.equal(kernel.device.read(Buffer.alloc(8192)), Err.EAGAIN, 'the INTERRUPT is gone with it')
  t.equal(kernel.device.writev([reply(first.unique | 1n, Err.EAGAIN)]), Err.ENOENT)
  t.same(kernel.violations, [])
})

t.test('INTERRUPT answered with ENOSYS is never sent again; a body is refused', async (t) => {
  const kernel = connected()
  const [first, second] = send(kernel, 2) as [SentRequest, SentRequest]
  take(kernel)
  take(kernel)
  kernel.signal(first)
  const { unique } = take(kernel)
  t.equal(kernel.device.writev([reply(unique, 0, Buffer.alloc(8))]), Err.EINVAL)
  t.equal(kernel.device.writev([reply(unique, -38)]), 16)
  kernel.signal(second)
  t.equal(kernel.device.read(Buffer.alloc(8192)), Err.EAGAIN)
})

t.test('a client that dies takes along what was not read; else INTERRUPT follows', async (t) => {
  const kernel = connected()
  const [read, unread] = send(kernel, 2) as [SentRequest, SentRequest]
  take(kernel)
  t.equal(kernel.kill(unread), true)
  t.equal((await unread.reply).code, 'EINTR')
  t.equal(kernel.kill(read), false)
  t.same(takeAll(kernel), [INTERRUPT])
  t.equal(kernel.device.writev([reply(read.unique, -5)]), 16)
})

t.test('no more than max_background requests are active; foreground passes them', async (t) => {
  const kernel = new MemoryKernel()
  kernel.initialize({ maxWrite: 4096, maxBackground: 4 })
  const message = (): Uint8Array => kernel.request.read(2, 0, 0, 10)
  const sent = Array.from({ length: 6 }, () => kernel.requestSendNonblock(message()))
  t.equal(kernel.connection.isCongested, true)
  send(kernel, 1)
  t.same(takeAll(kernel), [15, 15, 15, 15, GETATTR])
  t.equal(sent[4]?.unique, 0n)
  kernel.device.writev([reply(sent[0]?.unique ?? 0n, 0)])
  t.same(takeAll(kernel), [15])
  t.equal(kernel.kill(sent[5] as SentRequest), true, 'waiting ones can be given up')
  for (const index of [1, 2, 3, 4]) kernel.device.writev([reply(sent[index]?.unique ?? 0n, 0)])
  t.same(takeAll(kernel), [])
  t.equal(kernel.connection.isCongested, false)
  kernel.requestSendNonblock(message())
  kernel.requestSendNonblock(message())
  t.equal(kernel.connection.isCongested, false)
  kernel.requestSendNonblock(message())
  t.equal(kernel.connection.isCongested, true, 'at three quarters')
})

t.test('DESTROY waits for nothing, and no signal takes it back', async (t) => {
  const kernel = connected()
  const sent = kernel.destroy()
  t.equal(kernel.kill(sent), false)
  t.same(takeAll(kernel), [DESTROY, INTERRUPT])
  t.equal(kernel.device.writev([reply(sent.unique, 0)]), 16)
  t.equal((await sent.reply).error, 0)
})

t.test('a request under a unique is found while it waits', async (t) => {
  const kernel = connected()
  const [sent] = send(kernel, 1) as [SentRequest]
  t.equal(kernel.find(sent.unique), sent)
  kernel.unmount()
  t.throws(() => kernel.find(sent.unique), { message: 'no request waits under unique 4' })
})
