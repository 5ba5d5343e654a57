// Handlers that wait: everything of Node that makes them wait works, and many wait at once.

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import t from 'tap'
import { whyNoMounts } from '../support/mount-environment.js'
import { testMount, testMountInAllLoops, withMount } from '../support/mount-test.js'
import { waitUntil } from '../support/wait-until.js'

const filesystem = new URL('./filesystems/asynchronous.js', import.meta.url)
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
  { filesystem, workers: 1 },
  async (t, mounted) => {
    const waiting = mounted.start('cat', [mounted.path('timer-2000')])
    // Twice: the handler has begun once another request is answered after it.
    await mounted.run('cat', [mounted.path('good')])
    const count = await mounted.call(({ fs }, path) => {
      for (let round = 0; round < 100; round += 1) fs.readFileSync(path)
      return 100
    }, mounted.path('good'))
    t.equal(count, 100)
    t.ok(waiting.isRunning, 'the first reader still waits')
    t.equal((await waiting.ended).stdout, 'waited 2000')
  },
)

testMount(
  '40 reads that wait 200 ms each wait together on 2 workers',
  { filesystem, workers: 2 },
  async (t, mounted) => {
    const { texts, tookMs } = await mounted.call(async ({ fs }, folder) => {
      const started = performance.now()
      const reads = Array.from({ length: 40 }, (_, index) =>
        fs.promises.readFile(`${folder}/timer-200-${index}`, 'utf8'),
      )
      return { texts: await Promise.all(reads), tookMs: performance.now() - started }
    }, mounted.mountpoint)
    t.same(texts, new Array(40).fill('waited 200'))
    t.ok(tookMs < 2000, `took ${tookMs.toFixed()} ms together`)
    // The last RELEASE may come after its client has ended.
    await waitUntil('nobody waits any more', () => mounted.waiting === 0)
  },
)
