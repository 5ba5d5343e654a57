// GETLK, SETLK and SETLKW as a client sees them, over the session's lock manager and over handlers.

import type { FlockChange, LockChange, LockChoice } from '@fuseloop/core'
import { InitFlag } from '@fuseloop/core/protocol'
import { type LockOrder, NotifyCode } from '@fuseloop/core/testing'
import t, { type Test } from 'tap'
import { everyName, fails, gate, type Handlers, lookedUp, serve, turns } from './served.js'

const END = 2n ** 63n - 1n

async function opened(t: Test, handlers: Handlers = {}, locks: LockChoice | undefined = 'session') {
  const session = serve(t, everyName({ open: () => 7, ...handlers }), {
    slotCount: 2,
    ...(locks !== undefined && { locks }),
  })
  const node = await lookedUp(session)
  const { fh } = (await session.send(session.request.open(node))).opened
  const { request } = session
  return {
    session,
    node,
    fh,
    set: async (lock: LockOrder) => (await session.send(request.setlk(node, fh, lock))).code,
    wait: (lock: LockOrder) => session.requestSend(request.setlkw(node, fh, lock)),
    test: async (lock: LockOrder) => (await session.send(request.getlk(node, fh, lock))).lock,
    flush: async (owner: number) => (await session.send(request.flush(node, fh, owner))).code,
    release: async (owner?: number) =>
      (await session.send(request.release(node, fh, 0, owner))).code,
  }
}

const write = (owner: number, more: Partial<LockOrder> = {}): LockOrder => ({
  owner,
  type: 'write',
  pid: 100 + owner,
  ...more,
})
const unlock = (owner: number, more: Partial<LockOrder> = {}): LockOrder => ({
  owner,
  type: 'unlock',
  ...more,
})

t.test('a lock keeps others off, and they learn who has it', async (t) => {
  const { set, test } = await opened(t)
  t.equal(await set(write(1, { start: 5, end: 9 })), undefined)
  t.equal(await set(write(2, { start: 9 })), 'EAGAIN')
  t.same(await test(write(2)), { type: 'write', start: 5n, end: 9n, pid: 101 })
  t.equal(await set(write(2, { start: 10 })), undefined)
  t.same(await test(write(1, { start: 20 })), { type: 'write', start: 10n, end: END, pid: 102 })
  t.equal((await test(write(1, { start: 5, end: 9 }))).type, 'unlock', 'its own')
  t.equal(await set(unlock(1)), undefined)
  t.equal(await set(write(2)), undefined)
})

t.test('offsets and owners of 64 bits are exact', async (t) => {
  const { set, test } = await opened(t)
  const owner = 2n ** 64n - 1n
  for (const place of [2n ** 31n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n + 1n, END]) {
    const lock = { owner, type: 'read', start: place, end: place } as const
    t.equal(await set(lock), undefined)
    t.equal(await set(write(1, { start: place - 1n, end: place - 1n })), undefined)
    const found = await test({ owner: owner - 1n, type: 'write', start: place })
    t.match(found, { type: 'read', start: place, end: place }, `${place}`)
    await set({ owner, type: 'unlock' })
    await set(unlock(1))
  }
  t.equal(await set(write(1, { start: 9, end: 8 })), 'EINVAL')
  t.equal(await set(write(1, { end: 2n ** 63n })), 'EINVAL')
})

t.test('who waits is parked: no slot, no worker, and the reply comes once', async (t) => {
  const { session, wait, set, node } = await opened(t)
  await set(write(1))
  const waiting = [2, 3, 4, 5].map((owner) => wait(write(owner)))
  await turns()
  t.equal(session.locks.waiting, 4, 'twice as many as there are slots')
  t.equal(session.dispatcher.pending, 0)
  t.equal((await session.send(session.request.lookup(1, 'other'))).code, undefined, 'others go on')
  for (const [index, sent] of waiting.entries()) {
    await set(unlock(index + 1))
    t.equal((await sent.reply)?.code, undefined)
    t.equal(session.locks.waiting, 3 - index, 'in their order')
  }
  t.match(
    session.locks.test({ nodeid: node, kind: 0, owner: 9n, type: 1, start: 0n, end: END, pid: 0 }),
    {
      pid: 105,
    },
  )
})

t.test('an interrupt ends the waiting with EINTR', async (t) => {
  const { session, wait, set } = await opened(t)
  await set(write(1))
  const [second, third] = [wait(write(2)), wait(write(3))]
  await turns()
  await session.interrupt(second)
  t.equal((await second.reply)?.code, 'EINTR')
  await set(unlock(1))
  t.equal((await third.reply)?.code, undefined)
})

t.test('who waits in a circle gets EDEADLK', async (t) => {
  const { wait, set } = await opened(t)
  await set(write(1, { start: 1, end: 1 }))
  await set(write(2, { start: 2, end: 2 }))
  const first = wait(write(1, { start: 2, end: 2 }))
  t.equal((await wait(write(2, { start: 1, end: 1 })).reply)?.code, 'EDEADLK')
  await set(unlock(2))
  t.equal((await first.reply)?.code, undefined)
})

t.test(
  'FLUSH frees the locks of its owner, after the handler and whatever came of it',
  async (t) => {
    const flushing = gate()
    let failing = false
    const { session, wait, set, flush } = await opened(t, {
      flush: async () => {
        if (failing) fails('EIO')()
        await flushing.opened
      },
    })
    await set(write(1))
    const waiting = wait(write(2))
    const closing = flush(1)
    await turns()
    t.equal(session.locks.waiting, 1, 'while data is on its way')
    flushing.open()
    t.equal(await closing, undefined)
    t.equal((await waiting.reply)?.code, undefined)
    failing = true
    const next = wait(write(3))
    t.equal(await flush(2), 'EIO')
    t.equal((await next.reply)?.code, undefined)
  },
)

t.test(
  'FLUSH without a handler is answered where locks hang on it, else refused once',
  async (t) => {
    const session = await opened(t)
    t.equal(await session.flush(1), undefined)
    const kernels = await opened(t, {}, 'kernel')
    t.equal(await kernels.flush(1), 'ENOSYS')
  },
)

t.test('RELEASE frees the flock of its description', async (t) => {
  const { set, wait, release, session } = await opened(t)
  t.equal(await set(write(1, { flock: true })), undefined)
  t.equal(await set(write(1)), undefined, 'a range of another table')
  const waiting = wait(write(2, { flock: true, type: 'read' }))
  await turns()
  t.equal(session.locks.waiting, 1)
  t.equal(await release(1), undefined)
  t.equal((await waiting.reply)?.code, undefined)
  t.equal(session.locks.held, 2)
})

t.test('a close that reaches no worker any more ends locks all the same', async (t) => {
  const { session, node, set, wait } = await opened(t)
  const { request } = session
  // An object of an incarnation of worker 0 that never was.
  const lost = (1n << 63n) | (99n << 32n) | 1n
  await set(write(1))
  await set(write(1, { flock: true }))
  const waiting = [wait(write(2)), wait(write(2, { flock: true }))]
  await turns()
  t.equal((await session.send(request.flush(node, lost, 1))).code, 'EIO')
  t.equal((await waiting[0]?.reply)?.code, undefined)
  t.equal((await session.send(request.release(node, lost, 0, 1))).code, undefined)
  t.equal((await waiting[1]?.reply)?.code, undefined)
})

t.test('a forgotten node has no locks', async (t) => {
  const { session, node, set, release } = await opened(t)
  await set(write(1))
  await release()
  t.equal(session.locks.held, 1, 'an owner of which no FLUSH told')
  await session.forget(node, 1)
  t.equal(session.locks.held, 0)
})

t.test(
  'what the kernel gives anew keeps its place, and is answered under its new name',
  async (t) => {
    const { session, set, wait } = await opened(t)
    await set(write(1))
    const [second, third] = [wait(write(2)), wait(write(3))]
    await turns()
    const notification = Buffer.alloc(16)
    notification.writeUInt32LE(16, 0)
    notification.writeInt32LE(NotifyCode.RESEND, 4)
    t.equal(session.kernel.device.writev([notification]), 16)
    await turns()
    t.equal(session.locks.waiting, 2)
    await set(unlock(1))
    t.equal((await second.reply)?.code, undefined)
    await set(unlock(2))
    t.equal((await third.reply)?.code, undefined)
  },
)

t.test('a deadline of setlk is one of waiting too', async (t) => {
  const session = serve(t, everyName({ open: () => 7 }), {
    locks: 'session',
    timeouts: { setlk: 1000 },
  })
  const node = await lookedUp(session)
  const { fh } = (await session.send(session.request.open(node))).opened
  await session.send(session.request.setlk(node, fh, write(1)))
  const first = session.requestSend(session.request.setlkw(node, fh, write(2)))
  await turns()
  await session.advance(600)
  const second = session.requestSend(session.request.setlkw(node, fh, write(3)))
  await turns()
  await session.advance(500)
  t.equal((await first.reply)?.code, 'ETIMEDOUT')
  t.equal(session.locks.waiting, 1)
  await session.advance(600)
  t.equal((await second.reply)?.code, 'ETIMEDOUT')
  t.equal(session.locks.waiting, 0)
})

t.test('the end of a session drops who waits', async (t) => {
  const { session, set, wait } = await opened(t)
  await set(write(1))
  const waiting = wait(write(2))
  await turns()
  session.kernel.abort()
  t.equal((await waiting.reply)?.code, 'ECONNABORTED')
  await turns()
  t.equal(session.locks.waiting, 0)
  t.equal(session.locks.held, 0)
})

const CHOICES: readonly {
  readonly locks: LockChoice | undefined
  readonly handlers: Handlers
  readonly granted: readonly ('POSIX_LOCKS' | 'FLOCK_LOCKS')[]
}[] = [
  { locks: undefined, handlers: {}, granted: [] },
  { locks: 'kernel', handlers: { setlk: () => undefined }, granted: [] },
  { locks: 'session', handlers: {}, granted: ['POSIX_LOCKS', 'FLOCK_LOCKS'] },
  { locks: undefined, handlers: { setlk: () => undefined }, granted: ['POSIX_LOCKS'] },
  { locks: undefined, handlers: { flock: () => undefined }, granted: ['FLOCK_LOCKS'] },
]

t.test('the kernel is asked to pass on what it does not keep', (t) => {
  for (const { locks, handlers, granted } of CHOICES) {
    const session = serve(t, handlers, locks === undefined ? {} : { locks })
    for (const flag of ['POSIX_LOCKS', 'FLOCK_LOCKS'] as const)
      t.equal(session.ring.isGranted(InitFlag[flag]), granted.includes(flag), flag)
  }
  t.end()
})

t.test('handlers that have setlk and flock keep the locks', async (t) => {
  const calls: unknown[] = []
  const { set, test, wait, flush, release, session } = await opened(
    t,
    {
      getlk: (_file, wanted, owner) => {
        calls.push(['getlk', wanted, owner])
        return { type: 'read', start: 2n ** 62n, end: END, pid: 5 }
      },
      setlk: (_file, change: LockChange, owner) => {
        calls.push(['setlk', change, owner])
        if (change.type === 'read') fails('EAGAIN')()
      },
      flock: async (_file, change: FlockChange, owner) => {
        calls.push(['flock', change, owner])
      },
      flush: () => void calls.push('flush'),
      release: () => void calls.push('release'),
    },
    undefined,
  )
  const range = { start: 0n, end: END }
  t.same(await test(write(1)), { type: 'read', start: 2n ** 62n, end: END, pid: 5 })
  t.same(calls.splice(0), [['getlk', { type: 'write', ...range, pid: 101 }, 1n]])
  t.equal(await set({ ...write(1), type: 'read' }), 'EAGAIN')
  t.equal((await wait(write(1)).reply)?.code, undefined)
  t.equal((await wait(write(1, { flock: true })).reply)?.code, undefined)
  t.same(calls.splice(0), [
    ['setlk', { type: 'read', ...range, pid: 101, wait: false }, 1n],
    ['setlk', { type: 'write', ...range, pid: 101, wait: true }, 1n],
    ['flock', { type: 'write', pid: 101, wait: true }, 1n],
  ])
  t.equal(await flush(1), undefined)
  t.equal(await release(1), undefined)
  t.same(calls.splice(0), [
    'flush',
    ['setlk', { type: 'unlock', ...range, pid: 0, wait: false }, 1n],
    ['flock', { type: 'unlock', pid: 0, wait: false }, 1n],
    'release',
  ])
  t.equal(session.locks.held, 0)
})

t.test('handlers with setlk alone cannot tell who is in the way', async (t) => {
  const { session, node, fh } = await opened(t, { setlk: () => undefined }, undefined)
  const asked = session.request.getlk(node, fh, write(1))
  t.equal((await session.send(asked)).code, 'ENOSYS')
})

t.test('what getlk returns is checked', async (t) => {
  let answer: unknown
  const { session, node, fh } = await opened(
    t,
    { setlk: () => undefined, getlk: () => answer as undefined },
    undefined,
  )
  const ask = async () => await session.send(session.request.getlk(node, fh, write(1)))
  t.equal((await ask()).lock.type, 'unlock')
  const good = { type: 'write', start: 0n, end: END, pid: 0 }
  for (const wrong of [
    7,
    {},
    { ...good, type: 'unlock' },
    { ...good, start: 0 },
    { ...good, end: 2n ** 63n },
    { ...good, start: -1n },
    { ...good, pid: -1 },
  ]) {
    answer = wrong
    t.equal((await ask()).code, 'EIO')
  }
  answer = good
  t.same((await ask()).lock, good)
})
