// The protocol's part of mount/async-handlers, caller-context, forget, interrupts, object-handles and workers.

import { KernelClient } from '@fuseloop/core/testing'
import { openGate } from '../support/gate.js'
import { codeOf, testVirtually } from '../support/virtual-test.js'
import { waitUntil } from '../support/wait-until.js'

const filesystem = (name: string): URL =>
  new URL(`../mount/filesystems/${name}.js`, import.meta.url)

let calls = 0
const services = {
  double: (value: number): number => value * 2,
  countCalls: (): number => {
    calls += 1
    return calls
  },
}

testVirtually(
  'handlers wait for timers, immediates, promises of fs and services of the main thread',
  { filesystem: filesystem('asynchronous'), services },
  async (t, { client }) => {
    const names = ['timer-20', 'immediate', 'ticks', 'own-socket', 'service', 'good']
    const texts = await Promise.all(names.map((name) => client.readText(`/${name}`)))
    t.same(texts, [
      'waited 20',
      'immediate',
      'handler,tick,microtask,immediate',
      'by the same worker',
      '42',
      'good',
    ])
    t.match(await client.readText('/promises'), /^Linux version/)
    const waits = Array.from({ length: 40 }, (_, index) => client.readText(`/timer-30-${index}`))
    t.same(new Set(await Promise.all(waits)), new Set(['waited 30']))
  },
)

testVirtually(
  'uid, gid, pid and umask are those of the calling process',
  { filesystem: filesystem('caller') },
  async (t, { kernel, events }) => {
    const caller = { uid: 7, gid: 8, pid: 9 }
    const client = new KernelClient(kernel, { caller, umask: 0o027 })
    t.same(JSON.parse(await client.readText('/who')), { ...caller, umask: 0 })
    await client.mkdir('/made', 0o777)
    t.match(events(), [{ path: '/made', ...caller, umask: 0o027 }])
  },
)

interface Forgotten {
  readonly nodes: readonly { readonly nodeid: number; readonly identity: string }[]
}

testVirtually(
  'each node that the kernel drops is forgotten once, in batches, by its identity',
  { filesystem: filesystem('remembering'), set: { tag: 'one' } },
  async (t, { kernel, events }) => {
    const client = new KernelClient(kernel, { keepsReferences: true })
    const forgotten = (): Forgotten['nodes'] => events<Forgotten>().flatMap(({ nodes }) => nodes)
    const names = Array.from({ length: 300 }, (_, index) => `node-${index}`)
    for (const round of [1, 2]) {
      await Promise.all(names.map((name) => client.stat(`/${name}`)))
      kernel.verify()
      t.equal(forgotten().length, (round - 1) * names.length, 'nothing while it is referred to')
      client.dropCaches()
      await waitUntil('all are forgotten', () => forgotten().length === round * names.length)
    }
    const told = forgotten()
    t.same(
      [...new Set(told.map(({ identity }) => identity))].sort(),
      names.map((name) => `one:${name}`).sort(),
    )
    t.equal(new Set(told.map(({ nodeid }) => nodeid)).size, 600, 'a nodeid is not used again')
  },
)

testVirtually(
  'a signal reaches the handler, which ends the request as it likes',
  { filesystem: filesystem('interruptible') },
  async (t, virtual) => {
    const { kernel, events, hasThreads } = virtual
    const files: readonly string[] = hasThreads
      ? ['signal', 'ignore', 'poll']
      : ['signal', 'ignore']
    for (const [index, name] of files.entries()) {
      const client = new KernelClient(kernel)
      const reading = codeOf(() => client.readFile(`/${name}`))
      await waitUntil(`${name} is read`, () =>
        events<{ path: string }>().some(({ path }) => path === `/${name}`),
      )
      client.interrupt()
      if (name === 'ignore') {
        await waitUntil('it is told', () =>
          events<{ event: string }>().some(({ event }) => event === 'told'),
        )
        openGate(virtual, 'ignore')
      }
      t.equal(await reading, name === 'ignore' ? 'ok' : 'EINTR', name)
      t.match(events().at(-1), { path: `/${name}`, event: 'ended', interrupted: true }, `${index}`)
    }
  },
)

interface HandleEvent {
  readonly event: 'open' | 'release'
  readonly id: string
}

testVirtually(
  'an object handle stays with its worker, whoever reads the request, and is released once',
  { filesystem: filesystem('object-handles') },
  async (t, { client, events }) => {
    const use = async (name: string): Promise<number> => {
      const file = await client.open(`/${name}`, 'r+')
      const reads = Array.from({ length: 8 }, (_, index) => file.read(64, index * 64))
      const workers = new Set((await Promise.all(reads)).map((bytes) => bytes[0]))
      await file.write('text', 0)
      await file.sync()
      await file.truncate(1 << 20)
      await file.close()
      return workers.size
    }
    const sizes = await Promise.all(Array.from({ length: 20 }, (_, index) => use(`file-${index}`)))
    t.same(sizes, new Array(20).fill(1), 'one worker serves each')
    const lists = await Promise.all([1, 2, 3].map(() => client.readdir('/folder')))
    t.same(
      lists.map((list) => new Set(list.filter((name) => name.startsWith('name-'))).size),
      [5000, 5000, 5000],
    )
    const ids = (kind: string): string[] =>
      events<HandleEvent>()
        .filter(({ event }) => event === kind)
        .map(({ id }) => id)
        .sort()
    await waitUntil('all is released', () => ids('release').length === 23)
    t.same(ids('release'), ids('open'))
  },
)

testVirtually(
  'handlers that block their threads spread over all workers',
  { filesystem: filesystem('blocking') },
  async (t, { client, workers, seats }) => {
    const file = await client.open('/sleep-5')
    const served = (): number[] => seats?.().map((seat) => seat.served) ?? [workers]
    // A thread that stands still for as long as the others need for all gets its share of the next ones.
    await waitUntil('each has served some', async () => {
      const reads = Array.from({ length: 16 * workers }, () => file.read(4, 0))
      t.same(new Set((await Promise.all(reads)).map(String)), new Set(['text']))
      return Math.min(...served()) > 0
    })
    await file.close()
  },
)

testVirtually(
  'when a worker dies its requests get EIO, and another takes its seat',
  { filesystem: filesystem('object-handles') },
  async (t, { client, kernel, hasThreads, seats }) => {
    if (!hasThreads) {
      t.pass('its own process would end')
      return
    }
    const doomed = await client.open('/exit')
    t.equal(await codeOf(() => doomed.read(10, 0)), 'EIO')
    t.equal(await codeOf(() => doomed.close()), 'EIO', 'FLUSH; RELEASE is answered all the same')
    await waitUntil('the replacement is there', () => seats?.().every(({ alive }) => alive))
    const file = await client.open('/again')
    t.equal((await file.read(10, 0)).byteLength, 10)
    await file.close()
    t.equal(kernel.waiting, 0)
  },
)

testVirtually(
  'the end fails what is in flight with ECONNABORTED, and what comes with ENOTCONN',
  { filesystem: filesystem('interruptible') },
  async (t, virtual) => {
    const { kernel, client, events } = virtual
    const reading = codeOf(() => client.readFile('/signal'))
    await waitUntil('it is read', () => events().length > 0)
    // The handler must be free when the session ends.
    client.interrupt()
    t.equal(await reading, 'EINTR')
    const { nodeid } = (await kernel.send(kernel.request.lookup(1, 'ignore'))).entry
    const { fh } = (await kernel.send(kernel.request.open(nodeid))).opened
    const begun = events().length
    const last = kernel.send(kernel.request.read(nodeid, fh, 0, 10))
    await waitUntil('it is read', () => events().length > begun)
    kernel.unmount()
    t.equal((await last).code, 'ECONNABORTED')
    openGate(virtual, 'ignore')
    t.equal(await codeOf(() => client.stat('/good')), 'ENOTCONN')
  },
)
