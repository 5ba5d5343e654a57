// Handlers that wait: everything of Node that makes them wait works, and many wait at once.

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import t from 'tap'
import { openGate } from '../support/gate.js'
import { whyNoMounts } from '../support/mount-environment.js'
import { testMount, testMountInAllLoops, withMount } from '../support/mount-test.js'
import { waitUntil } from '../support/wait-until.js'

const filesystem = new URL('./filesystems/asynchronous.js', import.meta.url)
const gated = new URL('./filesystems/gated.js', import.meta.url)
const services = new URL('./filesystems/echo-service.js', import.meta.url)

testMountInAllLoops(
  'handlers wait for timers, immediates, promises of fs and services of the main thread',
  { filesystem, services },
  async (t, mounted) => {
    const read = (name: string): Promise<string> => mounted.run('cat', [mounted.path(name)])
    t.equal(await read('timer-50'), 'waited 50')
    t.equal(await read('immediate'), 'immediate')
    t.equal(await read('ticks'), 'handler,tick,microtask,immediate', 'in the order of Node')
    t.equal(await read('promises'), readFileSync('/proc/version', 'utf8'))
    t.equal(await read('own-socket'), 'by the same worker')
    t.equal(await read('service'), '42')
    t.same(
      [await read('service-calls'), await read('service-calls')],
      ['1', '2'],
      'all workers call the same object',
    )
    const failed = await mounted.attempt('cat', [mounted.path('service-fails')])
    t.match(failed.stderr, /Input\/output error/, 'a service that throws is EIO')
    await mounted.daemon.logged(/READ .*the service fails/)
  },
)

t.test('a handler talks to a server in another process', { skip: whyNoMounts() }, async (t) => {
  const server = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    await withMount(t, { filesystem, workers: 2, set: { port } }, async (t, mounted) => {
      const texts = await mounted.call(async ({ fs }, path) => {
        const reads = Array.from({ length: 20 }, () => fs.promises.readFile(path, 'utf8'))
        return await Promise.all(reads)
      }, mounted.path('socket'))
      t.same(texts, new Array(20).fill('by another process'))
    })
  } finally {
    server.close()
  }
})

testMount(
  'a worker serves others while a handler of its own waits',
  { filesystem: gated, workers: 1 },
  async (t, mounted) => {
    const waiting = mounted.start('cat', [mounted.path('waits')])
    await waitUntil('its handler waits', () => mounted.events().length === 1)
    const count = await mounted.call(({ fs }, path) => {
      for (let round = 0; round < 100; round += 1) fs.readFileSync(path)
      return 100
    }, mounted.path('good'))
    t.equal(count, 100)
    t.ok(waiting.isRunning, 'the first reader still waits')
    openGate(mounted, 'waits')
    t.equal((await waiting.ended).stdout, 'text')
  },
)

testMount(
  '40 reads wait together on 2 workers',
  { filesystem: gated, workers: 2 },
  async (t, mounted) => {
    const reading = mounted.call(async ({ fs }, folder) => {
      const reads = Array.from({ length: 40 }, (_, index) =>
        fs.promises.readFile(`${folder}/waits-${index}`, 'utf8'),
      )
      return await Promise.all(reads)
    }, mounted.mountpoint)
    await waitUntil('all handlers wait', () => mounted.events().length === 40)
    openGate(mounted, 'waits')
    t.same(await reading, new Array(40).fill('text'))
    // The last RELEASE may come after its client has ended.
    await waitUntil('nobody waits any more', () => mounted.waiting === 0)
  },
)
