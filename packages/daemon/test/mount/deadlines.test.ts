// Handlers that are late, on a mount: the client gets its errno, the mount lives.

import type { Test } from 'tap'
import { openGate } from '../support/gate.js'
import { testMount, testMountInAllLoops, testWorkers } from '../support/mount-test.js'
import type { Mounted } from '../support/mounted.js'
import { waitUntil } from '../support/wait-until.js'

const filesystem = new URL('./filesystems/late.js', import.meta.url)

interface HandlerEvent {
  readonly event: string
  readonly name: string
}

/** That many handlers have told so. */
function seen(mounted: Mounted, event: string, name: string): number {
  return mounted.events<HandlerEvent>().filter((one) => one.event === event && one.name === name)
    .length
}

/**
 * Reads until the handler has begun: a request that no worker takes up by its deadline is answered, too. A worker that
 * has taken it up and has not come to the handler keeps the slot.
 */
async function lateCode(
  mounted: Mounted,
  event: string,
  name: string,
): Promise<{ code: string; tries: number }> {
  for (let tries = 1; ; tries += 1) {
    const code = await readCode(mounted, name)
    if (code !== 'ETIMEDOUT') return { code, tries }
    const hasBegun = (): boolean => seen(mounted, event, name) > 0
    await waitUntil('it begins, or never will', async () => {
      return hasBegun() || (await mounted.status()).counters.quarantined === 0
    })
    if (hasBegun()) return { code, tries }
  }
}

/** By requests that have no deadline: on a busy machine any other may pass it. */
async function checkLives(t: Test, mounted: Mounted): Promise<void> {
  const size = await mounted.run('stat', ['-c', '%s', mounted.path('good')])
  t.equal(size, '4096\n', 'the mount lives')
}

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
  { filesystem, timeouts: { default: 0, read: 300 } },
  async (t, mounted) => {
    const { code, tries } = await lateCode(mounted, 'read', 'read-gate')
    t.equal(code, 'ETIMEDOUT')
    await mounted.daemon.logged(
      /warn: READ \(handler read\): request \d+ passed its deadline of 300 ms: worker \d is still at work/,
    )
    await checkLives(t, mounted)
    openGate(mounted, 'read')
    await waitUntil('the handler settles', () =>
      mounted.daemon.log.includes('READ (handler read): settled after its deadline'),
    )
    const counters = async () => (await mounted.status()).counters
    await waitUntil('its slot is free', async () => (await counters()).quarantined === 0)
    t.match(await counters(), { deadlinesPassed: tries, lateReplies: 1 })
    await waitUntil('no request waits', () => mounted.waiting === 0)
  },
)

testMountInAllLoops(
  'a handler that blocks its thread is answered for all the same',
  { filesystem, timeouts: { default: 0, read: 200, flush: 200 }, timeoutCode: 'EIO' },
  async (t, mounted) => {
    t.equal(await readCode(mounted, 'blocks-gate'), 'EIO')
    openGate(mounted, 'blocks')
    await waitUntil('no request waits', () => mounted.waiting === 0)
    await checkLives(t, mounted)
  },
)

testWorkers(
  'handlers that never settle fill a mount up to its slots, and it goes on',
  { filesystem, workers: 2, timeouts: { default: 0, read: 300 } },
  async (t, mounted) => {
    const codes = await Promise.all(
      Array.from({ length: 20 }, () => readCode(mounted, 'stuck-for-ever')),
    )
    t.same(new Set(codes), new Set(['ETIMEDOUT']))
    // One that no worker has begun by its deadline costs no slot.
    await waitUntil('the others are kept', async () => {
      const { quarantined } = (await mounted.status()).counters
      return quarantined === seen(mounted, 'read', 'stuck-for-ever')
    })
    await checkLives(t, mounted)
    await waitUntil('no request waits', () => mounted.waiting === 0)
  },
)

testMount(
  'what was opened too late is released',
  { filesystem, workers: 2, timeouts: { default: 0, open: 300 } },
  async (t, mounted) => {
    t.match(await lateCode(mounted, 'open', 'open-gate'), { code: 'ETIMEDOUT' })
    openGate(mounted, 'open')
    await waitUntil('it is released', () => seen(mounted, 'release', 'open-gate') === 1)
    await isForgotten(t, mounted)
  },
)

testMount(
  'what was looked up too late is forgotten',
  { filesystem, workers: 2, timeouts: { default: 0, lookup: 300 } },
  async (t, mounted) => {
    t.match(await lateCode(mounted, 'lookup', 'lookup-gate'), { code: 'ETIMEDOUT' })
    openGate(mounted, 'lookup')
    await isForgotten(t, mounted)
  },
)

async function isForgotten(t: Test, mounted: Mounted): Promise<void> {
  await waitUntil('it has settled', async () => (await mounted.status()).counters.lateReplies === 1)
  await waitUntil('only the root is known', async () => {
    await mounted.run('sh', ['-c', 'echo 2 > /proc/sys/vm/drop_caches'])
    return (await mounted.status()).nodes.known === 1
  })
  t.equal((await mounted.status()).nodes.underflows, 0)
}
