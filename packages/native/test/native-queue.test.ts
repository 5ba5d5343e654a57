// The in-process connection refuses what the kernel refuses, and lets through in the kernel's order.

import { constants } from 'node:os'
import t, { type Test } from 'tap'
import { BUFFER, Kind, message, Op, outHeader, QueueBench } from './queue-bench.js'

const { EAGAIN, EBADF, EINTR, EINVAL, EIO, ENODEV, ENOENT, ENOSYS, EPERM } = constants.errno
const { E2BIG, ECONNABORTED, ECONNREFUSED, ENAMETOOLONG, ENOTCONN } = constants.errno

t.setTimeout(600_000)

function test(name: string, body: (t: Test) => Promise<void> | void): void {
  t.test(name, async (t) => {
    await body(t)
  })
}

test('before the mount both ways are EPERM, after it INIT is there with unique 2', async (t) => {
  const bench = new QueueBench()
  t.equal(bench.readResult(), -EPERM)
  t.equal(bench.reply(2n), -EPERM)
  t.equal(bench.queue.poll(), 'idle')
  t.equal(bench.queue.mount(message(Op.INIT, 64)), 1)
  t.equal(bench.queue.poll(), 'readable')
  const init = bench.read()
  t.match(init, { opcode: Op.INIT, unique: 2n, length: 104 })
  t.throws(() => bench.queue.mount(message(Op.INIT, 64)))
  bench.queue.unmount()
})

test('until INIT is answered requests wait in order, but forced ones', async (t) => {
  const bench = new QueueBench()
  bench.queue.mount(message(Op.INIT, 64))
  const [first, second] = [bench.send(Op.LOOKUP), bench.send(Op.SETXATTR)]
  const forced = bench.send(38, Kind.FORCED)
  t.strictSame([first, second, forced], [2, 3, 4], 'tokens rise by one')
  t.strictSame(bench.readAll(), [Op.INIT, 38])
  t.equal(bench.answerInit({ length: 8 }), 24, 'a short answer is filled with zeros')
  t.equal(await bench.settled(1), 0)
  t.match(
    [bench.read(), bench.read()],
    [
      { opcode: Op.LOOKUP, unique: 6n },
      { opcode: Op.SETXATTR, unique: 8n },
    ],
  )
  bench.queue.unmount()
})

for (const [why, choice] of Object.entries({
  'an error': { error: -EINVAL },
  'another major': { major: 6 },
})) {
  test(`INIT answered with ${why} refuses what waits and what comes`, async (t) => {
    const bench = new QueueBench()
    bench.queue.mount(message(Op.INIT, 64))
    const waiting = bench.send()
    bench.read()
    t.equal(bench.answerInit(choice), 'error' in choice ? 16 : 80, 'the write itself is taken')
    t.equal(await bench.settled(waiting), -ECONNREFUSED)
    t.equal(await bench.settled(bench.send()), -ECONNREFUSED)
    bench.queue.unmount()
  })
}

test('a buffer must hold the largest WRITE, at least 8192 bytes', (t) => {
  const small = QueueBench.initialized({ maxWrite: 1 })
  t.equal(small.readResult(8191), -EINVAL)
  t.equal(small.readResult(8192), -EAGAIN)
  const large = QueueBench.initialized({ maxWrite: 32768 })
  t.equal(large.readResult(32768 + 79), -EINVAL, 'even when there is nothing to read')
  t.equal(large.readResult(32768 + 80), -EAGAIN)
  for (const bench of [small, large]) bench.queue.unmount()
  t.equal(large.readResult(32768 + 79), -EINVAL, 'and after the end')
})

test('a request that is larger than the buffer fails, and the next is read', async (t) => {
  const bench = QueueBench.initialized()
  const tokens = [
    bench.send(Op.LOOKUP, Kind.FOREGROUND, 8192),
    bench.send(Op.SETXATTR, Kind.FOREGROUND, 8192),
    bench.send(),
  ]
  t.equal(bench.read(8192).length, 48)
  const results = await Promise.all(tokens.map((token) => bench.settled(token)))
  t.strictSame(results, [-EIO, -E2BIG, undefined])
  bench.queue.unmount()
})

test('an interrupt is read first, then requests and forgets take turns', async (t) => {
  const bench = QueueBench.initialized({ minor: 15 })
  const signalled = bench.send()
  const { unique } = bench.read()
  for (let index = 0; index < 20; index += 1) bench.send(Op.LOOKUP)
  for (let index = 0; index < 40; index += 1) bench.queue.forget(7n, 1n)
  bench.queue.signal(signalled)
  bench.queue.signal(signalled)
  const interrupt = bench.read()
  t.match(interrupt, { opcode: Op.INTERRUPT, unique: unique | 1n, nodeid: 0n, length: 48 })
  t.equal(interrupt.body.readBigUInt64LE(0), unique)
  const runs = bench
    .readAll()
    .map((opcode) => (opcode === Op.FORGET ? 'f' : 'r'))
    .join('')
    .match(/f+|r+/g)
    ?.map((run) => run.length)
  t.strictSame(runs, [8, 16, 8, 16, 4, 8], 'and the interrupt came once')
  bench.queue.unmount()
})

test('several forgets are read as one batch, as many as fit', (t) => {
  const bench = QueueBench.initialized({ minor: 16 })
  bench.queue.forget(5n, 3n)
  const single = bench.read()
  t.match(single, { opcode: Op.FORGET, nodeid: 5n, unique: 4n })
  t.equal(single.body.readBigUInt64LE(0), 3n)
  for (let index = 1n; index <= 600n; index += 1n) bench.queue.forget(index, index * 2n)
  const batch = bench.read(8192)
  t.match(batch, { opcode: Op.BATCH_FORGET, nodeid: 0n, unique: 6n })
  const fitting = Math.floor((8192 - 48) / 16)
  t.equal(batch.body.readUInt32LE(0), fitting)
  t.strictSame([batch.body.readBigUInt64LE(8), batch.body.readBigUInt64LE(16)], [1n, 2n])
  t.equal(bench.read().body.readUInt32LE(0), 600 - fitting)
  bench.queue.unmount()
})

test('a reply must be whole, its error a negative errno, its request known', async (t) => {
  const bench = QueueBench.initialized()
  const token = bench.send(Op.LOOKUP, Kind.FOREGROUND, 8, [4, 8])
  const { unique } = bench.read()
  const { queue, handle } = bench
  t.equal(queue.writev(handle, [Buffer.alloc(15)]), -EINVAL)
  t.equal(queue.writev(handle, [outHeader(unique, 0, 5), Buffer.alloc(4)]), -EINVAL)
  t.equal(bench.reply(unique, 1), -EINVAL)
  t.equal(bench.reply(unique, -512), -EINVAL)
  t.equal(bench.reply(unique + 2n), -ENOENT)
  t.equal(await bench.settled(token), undefined, 'none of them consumes the request')
  const head = outHeader(unique, 0, 8)
  t.equal(queue.writev(handle, [head.subarray(0, 3), head.subarray(3), Buffer.alloc(8)]), 24)
  t.equal(await bench.settled(token), 0)
  t.equal(bench.reply(unique), -ENOENT, 'answered once')
  bench.queue.unmount()
})

for (const [why, error, length] of [
  ['too short', 0, 3],
  ['too long', 0, 9],
  ['beside an error', -ENOENT, 4],
] as const) {
  test(`a body that is ${why} consumes the request with EIO`, async (t) => {
    const bench = QueueBench.initialized()
    const token = bench.send(Op.LOOKUP, Kind.FOREGROUND, 8, [4, 8])
    t.equal(bench.reply(bench.read().unique, error, Buffer.alloc(length)), -EINVAL)
    t.equal(await bench.settled(token), -EIO)
    bench.queue.unmount()
  })
}

test('only the handle that read a request can answer it, and its end ends it', async (t) => {
  const bench = QueueBench.initialized()
  const other = bench.queue.openHandle()
  const [one, two] = [bench.send(), bench.send()]
  const first = bench.read()
  const second = bench.read(BUFFER, other)
  t.equal(bench.reply(second.unique), -ENOENT)
  t.equal(bench.reply(first.unique, 0, undefined, other), -ENOENT)
  bench.queue.closeHandle(other)
  t.equal(bench.readResult(BUFFER, other), -EBADF)
  t.equal(await bench.settled(two), -ECONNABORTED)
  t.equal(await bench.settled(one), undefined)
  bench.queue.closeHandle(bench.handle)
  t.equal(await bench.settled(one), -ECONNABORTED)
  t.equal(await bench.settled(bench.send()), -ENOTCONN, 'the last one ends the connection')
})

test('an INTERRUPT can be put off, and be declined for good', async (t) => {
  const bench = QueueBench.initialized()
  const token = bench.send()
  const { unique } = bench.read()
  t.equal(bench.reply(unique | 1n, -EAGAIN), -EINVAL, 'nobody has signalled it')
  bench.queue.signal(token)
  t.equal(bench.read().opcode, Op.INTERRUPT)
  t.equal(bench.reply(unique | 1n, 0, Buffer.alloc(1)), -EINVAL)
  t.equal(bench.reply(unique | 1n, -EINTR), 16, 'ignored')
  t.equal(bench.readResult(), -EAGAIN)
  t.equal(bench.reply(unique | 1n, -EAGAIN), 16)
  t.equal(bench.read().opcode, Op.INTERRUPT)
  t.equal(bench.reply(unique | 1n, -ENOSYS), 16)
  bench.queue.signal(token)
  t.equal(bench.readResult(), -EAGAIN)
  t.equal(await bench.settled(token), undefined)
  bench.queue.unmount()
})

test('a signal before the read comes right after it; one for an answered request never', (t) => {
  const bench = QueueBench.initialized()
  const token = bench.send()
  bench.queue.signal(token)
  const { unique } = bench.read()
  t.match(bench.read(), { opcode: Op.INTERRUPT, unique: unique | 1n })
  bench.queue.signal(token)
  t.equal(bench.reply(unique, -EINTR), 16)
  t.equal(bench.readResult(), -EAGAIN)
  bench.queue.unmount()
})

test('a killed client takes its request along unless that is read or forced', async (t) => {
  const bench = QueueBench.initialized({ maxBackground: 1 })
  const pending = bench.send()
  const forced = bench.send(38, Kind.FORCED)
  const [active, waiting] = [Kind.BACKGROUND, Kind.BACKGROUND].map((kind) => bench.send(1, kind))
  for (const token of [pending, waiting]) t.equal(bench.queue.kill(token as number), true)
  t.equal(bench.queue.kill(forced), false)
  t.equal(await bench.settled(pending), -EINTR)
  t.equal(await bench.settled(waiting as number), -EINTR)
  t.equal(bench.read().opcode, 38)
  t.equal(bench.read().opcode, Op.INTERRUPT, 'a forced one is only signalled')
  const { unique } = bench.read()
  t.equal(bench.queue.kill(active as number), false)
  t.match(bench.read(), { opcode: Op.INTERRUPT, unique: unique | 1n })
  bench.queue.unmount()
})

test('no more than max_background are with the daemon; foreground passes them', async (t) => {
  const bench = QueueBench.initialized({ maxBackground: 2 })
  for (let index = 0; index < 3; index += 1) bench.send(Op.LOOKUP, Kind.BACKGROUND)
  const foreground = bench.send(Op.SETXATTR)
  const [first] = [bench.read(), bench.read()]
  t.match(bench.read(), { opcode: Op.SETXATTR, unique: 8n })
  t.equal(bench.readResult(), -EAGAIN)
  t.equal(bench.reply(first?.unique ?? 0n), 16)
  t.match(bench.read(), { opcode: Op.LOOKUP, unique: 10n }, 'with the unique of its turn')
  t.equal(foreground, 5)
  bench.queue.unmount()
})

test('a NOTIFY_REPLY keeps its unique and is done once read', async (t) => {
  const bench = QueueBench.initialized()
  const token = bench.queue.send(message(Op.NOTIFY_REPLY, 48, 77n), Kind.NO_REPLY, 0, 0)
  t.match(bench.read(), { opcode: Op.NOTIFY_REPLY, unique: 77n })
  t.equal(bench.reply(77n), -ENOENT)
  t.equal(await bench.settled(token), undefined)
  bench.queue.unmount()
})

test('RESEND puts back what is not answered, before what waits', async (t) => {
  const bench = QueueBench.initialized()
  const other = bench.queue.openHandle()
  const tokens = [bench.send(), bench.send()]
  const second = bench.send(Op.SETXATTR)
  const [first, third] = [bench.read(), bench.read(BUFFER, other)]
  t.equal(bench.notify(7), 16)
  const again = [bench.read(), bench.read(), bench.read()]
  const resent = 1n << 63n
  t.strictSame(
    again.map(({ unique }) => unique),
    [first.unique | resent, third.unique | resent, 8n],
  )
  t.equal(bench.reply(first.unique), -ENOENT, 'the old unique is unknown')
  t.equal(bench.reply(first.unique | resent), 16)
  t.equal(await bench.settled(tokens[0] as number), 0)
  t.equal(await bench.settled(second), undefined)
  bench.queue.unmount()
})

function words(length: number, ...set: readonly [offset: number, value: number][]): Buffer {
  const body = Buffer.alloc(length)
  for (const [offset, value] of set) body.writeUInt32LE(value, offset)
  return body
}

test('a notification must have the form of its code', async (t) => {
  const bench = QueueBench.initialized()
  const taken: [number, Buffer][] = []
  bench.queue.setNotificationSink((code, body) => {
    taken.push([code, body])
    return 0
  })
  const good: readonly [number, Buffer][] = [
    [1, words(8)],
    [2, words(24)],
    [3, words(16 + 4, [8, 3])],
    [4, words(24 + 5, [16, 5])],
    [5, words(32)],
    [6, words(24 + 4, [16, 3])],
    [8, words(3)],
    [9, words(16 + 16, [0, 2])],
  ]
  for (const [code, body] of good) {
    t.equal(bench.notify(code, body), 16 + body.length, `code ${code}`)
    if (code === 8) continue
    t.equal(bench.notify(code, body.subarray(1)), -EINVAL, `code ${code}, one byte less`)
    t.equal(bench.notify(code, Buffer.concat([body, words(1)])), -EINVAL, `${code}, one more`)
  }
  t.strictSame(taken, good, 'the sink sees the well-formed ones')
  t.equal(bench.notify(3, words(16 + 1026, [8, 1025])), -ENAMETOOLONG)
  t.equal(bench.notify(6, words(24 + 1026, [16, 1025])), -ENAMETOOLONG)
  for (const code of [10, -1]) t.equal(bench.notify(code), -EINVAL, `code ${code}`)
  bench.queue.unmount()
})

test('without a sink nothing is cached; what a sink gives or throws comes back', (t) => {
  const bench = QueueBench.initialized()
  t.equal(bench.notify(2, words(24)), -ENOENT)
  t.equal(bench.notify(1, words(8)), 24)
  bench.queue.setNotificationSink(() => -EAGAIN)
  t.equal(bench.notify(2, words(24)), -EAGAIN)
  bench.queue.setNotificationSink(() => {
    throw new Error('planned')
  })
  t.throws(() => bench.notify(2, words(24)), { message: 'planned' })
  bench.queue.unmount()
})

for (const [how, flags, atRead] of [
  ['unmount', 1 << 21, -ENODEV],
  ['abort', 0, -ENODEV],
  ['abort', 1 << 21, -ECONNABORTED],
] as const) {
  test(`after ${how}, ABORT_ERROR ${flags !== 0}, reads are ${atRead}`, async (t) => {
    const bench = QueueBench.initialized({ flags, maxBackground: 1 })
    const sent = bench.send()
    const { unique } = bench.read()
    const tokens = [sent, bench.send(), bench.send(1, Kind.BACKGROUND), bench.send(1, 1)]
    bench.queue.forget(7n, 1n)
    bench.queue[how]()
    for (const token of tokens) t.equal(await bench.settled(token), -ECONNABORTED)
    t.equal(bench.readResult(), atRead)
    t.equal(bench.queue.poll(), 'ended')
    t.equal(bench.reply(unique), -ENOENT)
    t.equal(bench.notify(7), 16)
    t.equal(await bench.settled(bench.send()), -ENOTCONN)
    const aborted = atRead === -ECONNABORTED
    t.strictSame(
      bench.events.filter(({ kind }) => kind === 'ended'),
      [{ kind: 'ended', aborted }],
    )
  })
}

test('events tell what happened, in its order', async (t) => {
  const bench = QueueBench.initialized()
  const token = bench.send(Op.LOOKUP, Kind.FOREGROUND, 8, [0, 4])
  bench.reply(bench.read().unique, 0, Buffer.from('body'))
  await bench.settled(token)
  const { handle } = bench
  const sent = message(Op.LOOKUP, 8, 4n)
  const [queued, read, written, settled] = bench.events.slice(-4)
  t.strictSame(queued, { kind: 'queued', token, unique: 4n })
  t.strictSame(read, { kind: 'read', handle, token, message: sent })
  t.strictSame(written, {
    kind: 'written',
    handle,
    token,
    unique: 4n,
    error: 0,
    byteLength: 20,
    result: 20,
  })
  t.strictSame(settled, { kind: 'settled', token, error: 0, body: Buffer.from('body') })
  bench.queue.unmount()
})

test('a closed loop sends the next request with each answer, without events', async (t) => {
  const bench = QueueBench.initialized()
  const elapsed = bench.queue.repeat(message(Op.LOOKUP, 8), 0, 0, 3, 10)
  const inFlight = [bench.read(), bench.read(), bench.read()]
  t.equal(bench.readResult(), -EAGAIN, 'three clients')
  for (let answered = 0; answered < 10; answered += 1) {
    const { unique } = inFlight.shift() ?? bench.read()
    t.equal(bench.reply(unique, -ENOENT), 16)
  }
  t.ok((await elapsed) > 0)
  t.equal(bench.readResult(), -EAGAIN, 'and no more than that')
  t.notOk(bench.events.some((event) => 'token' in event && event.token === 0))
  const cut = bench.queue.repeat(message(Op.LOOKUP, 8), 0, 0, 1, 10)
  bench.queue.unmount()
  await t.rejects(cut, { code: 'ECONNABORTED' })
})
