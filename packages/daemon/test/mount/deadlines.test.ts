// Handlers that are late, on a mount: the client gets its errno, the mount lives.

import { testMount, testMountInAllLoops, testWorkers } from '../support/mount-test.js'
import type { Mounted } from '../support/mounted.js'
import { waitUntil } from '../support/wait-until.js'

const filesystem = new URL('./filesystems/late.js', import.meta.url)

/** The code with which reading a file fails. */
function readCode(mounted: Mounted, name: string): Promise<string> {
  return mounted.call(({ fs }, path) => {
    try {
      return `${fs.readFileSync(path).length} bytes`
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? String(error)
    }
  }, mounted.path(name))
}

testMountInAllLoops(
  'a read that is late is ETIMEDOUT for its client, and a line in the log names handler and opcode',
  { filesystem },
  async (t, mounted) => {
    t.equal(await readCode(mounted, 'read-900'), 'ETIMEDOUT')
    await waitUntil('the log tells', () => mounted.daemon.log.includes('READ (handler read)'))
    t.match(
      mounted.daemon.log,
      /warn: READ \(handler read\): request \d+ passed its deadline of 300 ms: worker \d is still at work/,
    )
    t.equal(await mounted.run('head', ['-c', '4', mounted.path('good')]), 'gggg', 'the mount lives')
    await waitUntil('the handler settles', () =>
      mounted.daemon.log.includes('READ (handler read): settled after its deadline'),
    )
    const counters = async () => (await mounted.status()).counters
    await waitUntil('its slot is free', async () => (await counters()).quarantined === 0)
    t.match(await counters(), { deadlinesPassed: 1, lateReplies: 1 })
    await waitUntil('no request waits', () => mounted.waiting === 0)
  },
)

testMountInAllLoops(
  'a handler that blocks its thread is answered for all the same',
  { filesystem, timeouts: { read: 200 }, timeoutCode: 'EIO' },
  async (t, mounted) => {
    t.equal(await readCode(mounted, 'blocks-800'), 'EIO')
    await waitUntil('the thread is free again', () =>
      mounted.events<{ event: string }>().some(({ event }) => event === 'settled'),
    )
    await waitUntil('no request waits', () => mounted.waiting === 0)
    t.equal(await mounted.run('head', ['-c', '4', mounted.path('good')]), 'gggg', 'the mount lives')
  },
)

testWorkers(
  'handlers that never settle fill a mount up to its slots, and it goes on',
  { filesystem, workers: 2 },
  async (t, mounted) => {
    const codes = await Promise.all(
      Array.from({ length: 20 }, () => readCode(mounted, 'stuck-for-ever')),
    )
    t.same(new Set(codes), new Set(['ETIMEDOUT']))
    t.equal((await mounted.status()).counters.quarantined, 20)
    t.equal(await mounted.run('head', ['-c', '4', mounted.path('good')]), 'gggg')
    await waitUntil('no request waits', () => mounted.waiting === 0)
  },
)

testMount(
  'what was opened too late is released, what was looked up too late is forgotten',
  { filesystem, workers: 2 },
  async (t, mounted) => {
    t.equal(await readCode(mounted, 'open-900'), 'ETIMEDOUT')
    t.equal(await readCode(mounted, 'lookup-900'), 'ETIMEDOUT')
    await waitUntil('it is released', () =>
      mounted
        .events<{ event: string; name: string }>()
        .some(({ event, name }) => event === 'release' && name === 'open-900'),
    )
    await waitUntil('both have settled', async () => {
      return (await mounted.status()).counters.lateReplies === 2
    })
    await waitUntil('only the root is known', async () => {
      await mounted.run('sh', ['-c', 'echo 2 > /proc/sys/vm/drop_caches'])
      return (await mounted.status()).nodes.known === 1
    })
    t.equal((await mounted.status()).nodes.underflows, 0)
  },
)
