// NOTIFY_RESEND on this machine's kernel: what is in hand is queued again, run once and answered once.

import { testMountInAllLoops } from '../support/mount-test.js'
import type { Mounted } from '../support/mounted.js'
import { waitUntil } from '../support/wait-until.js'

const filesystem = new URL('./filesystems/late.js', import.meta.url)
const CLIENTS = 12
const RESENDS = 5

interface LateEvent {
  readonly event: 'open' | 'read' | 'write' | 'settled' | 'release'
  readonly name: string
}

const named = (mounted: Mounted, name: string): string[] =>
  mounted
    .events<LateEvent>()
    .filter((seen) => seen.name === name)
    .map(({ event }) => event)

/**
 * Without OPENs whose answer crossed the kernel's sending again: it is refused, as the request has another unique by then
 * (fs/fuse/dev.c fuse_resend()); what it opened is released, and the request runs once more.
 */
function withoutCrossed(events: readonly string[]): readonly string[] {
  const isCrossed = events[0] === 'open' && events[1] === 'release' && events[2] === 'open'
  return isCrossed ? withoutCrossed(events.slice(2)) : events
}

const resend = (mounted: Mounted, times: number): Promise<string[]> =>
  mounted.inDaemon(async ({ session }, count) => {
    const results: string[] = []
    for (let turn = 0; turn < count; turn += 1) results.push(await session.notify.resend())
    return results
  }, times)

testMountInAllLoops(
  'requests at work and requests that wait are answered once, however often they are resent',
  { filesystem, timeouts: { default: 0 } },
  async (t, mounted) => {
    const write = mounted.call(
      ({ fs }, path) => fs.writeFileSync(path, 'data', { flag: 'r+' }),
      mounted.path('write-900'),
    )
    // Blocks the only thread of some loops: others then wait in the ring, or in the kernel.
    const blocked = mounted.run('head', ['-c', '4', mounted.path('blocks-1000')])
    const reads = Array.from({ length: CLIENTS }, (_, index) =>
      mounted.run('head', ['-c', '4', mounted.path(`read-${700 + index}`)]),
    )
    await waitUntil('handlers are at work', () => named(mounted, 'blocks-1000').includes('read'))
    // Where one thread serves, all wait behind it.
    if ((await mounted.status()).workers.length > 1)
      await waitUntil('all are', () => {
        const names = Array.from({ length: CLIENTS }, (_, index) => `read-${700 + index}`)
        return names.every((name) => named(mounted, name).includes('read'))
      })
    t.same(await resend(mounted, RESENDS), new Array(RESENDS).fill('done'))
    t.equal(await blocked, 'bbbb')
    t.same(await Promise.all(reads), new Array(CLIENTS).fill('LLLL'))
    await write
    const begun = ['open', 'read', 'settled']
    for (let index = 0; index < CLIENTS; index += 1)
      t.same(
        withoutCrossed(named(mounted, `read-${700 + index}`)).slice(0, 3),
        begun,
        'begun and ended once',
      )
    t.same(named(mounted, 'write-900').filter((event) => event === 'write').length, 1)
    await waitUntil('no request waits', () => mounted.waiting === 0)
    const counters = async () => (await mounted.status()).counters
    await waitUntil('no slot is kept', async () => (await counters()).quarantined === 0)
    t.equal((await counters()).lateReplies, 0)
    t.equal(mounted.daemon.log, '', 'nothing was worth a line in the log')
  },
)
