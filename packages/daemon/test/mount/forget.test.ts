// `forget` tells an inode filesystem, once and in batches, which nodes the kernel has let go of.

import { testMount, testMountInAllLoops, withMount } from '../support/mount-test.js'
import type { Mounted } from '../support/mounted.js'
import { waitUntil } from '../support/wait-until.js'

const filesystem = new URL('./filesystems/remembering.js', import.meta.url)
const NODES = 1000

interface ForgetEvent {
  readonly worker: number
  readonly nodes: readonly { readonly nodeid: number; readonly identity: string }[]
}

const forgotten = (mounted: Mounted): ForgetEvent['nodes'] =>
  mounted.events<ForgetEvent>().flatMap(({ nodes }) => nodes)

const lookUp = (mounted: Mounted): Promise<void> =>
  mounted.call(
    ({ fs }, folder, count) => {
      for (let index = 0; index < count; index += 1) fs.statSync(`${folder}/node-${index}`)
    },
    mounted.mountpoint,
    NODES,
  )

/** The kernel drops what nobody uses at the time: again, where somebody did. */
const dropUntilForgotten = (mounted: Mounted, count: number): Promise<boolean> =>
  waitUntil(`${count} nodes are forgotten`, async () => {
    await mounted.run('sh', ['-c', 'echo 2 > /proc/sys/vm/drop_caches'])
    return forgotten(mounted).length >= count
  })

const identities = (tag: string): string[] =>
  Array.from({ length: NODES }, (_, index) => `${tag}:node-${index}`).sort()

testMountInAllLoops(
  'each node that the kernel drops is forgotten once, in batches, by its identity',
  { filesystem, set: { tag: 'one' } },
  async (t, mounted) => {
    await lookUp(mounted)
    t.same(forgotten(mounted), [], 'nothing is forgotten while it is cached')
    await dropUntilForgotten(mounted, NODES)
    const told = forgotten(mounted)
    t.same(told.map(({ identity }) => identity).sort(), identities('one'))
    t.equal(new Set(told.map(({ nodeid }) => nodeid)).size, NODES, 'each has a nodeid of its own')
    t.same(
      (await mounted.status()).nodes,
      { known: 1, remembered: 0, underflows: 0 },
      'the counts are exact',
    )
    const calls = mounted.events<ForgetEvent>().length
    t.ok(calls <= NODES / 4, `${calls} calls told of ${NODES} nodes`)

    await lookUp(mounted)
    await dropUntilForgotten(mounted, 2 * NODES)
    t.equal(
      new Set(forgotten(mounted).map(({ nodeid }) => nodeid)).size,
      2 * NODES,
      'a nodeid is not used again',
    )
  },
)

testMount(
  'a mount is told of its own nodes only',
  { filesystem, workers: 2, set: { tag: 'one' } },
  async (t, one) => {
    await withMount(t, { filesystem, workers: 2, set: { tag: 'two' } }, async (t, two) => {
      await Promise.all([lookUp(one), lookUp(two)])
      await Promise.all([dropUntilForgotten(one, NODES), dropUntilForgotten(two, NODES)])
      for (const [mounted, tag] of [[one, 'one'] as const, [two, 'two'] as const]) {
        t.same(
          forgotten(mounted)
            .map(({ identity }) => identity)
            .sort(),
          identities(tag),
        )
      }
    })
  },
)

testMount(
  'with maxNodes the kernel is asked to forget what nobody uses',
  { filesystem, set: { tag: 'many' }, workers: 2, maxNodes: 100 },
  async (t, mounted) => {
    await lookUp(mounted)
    await waitUntil(
      'all but a hundred are forgotten',
      () => forgotten(mounted).length >= NODES - 100,
    )
    const told = forgotten(mounted).map(({ identity }) => identity)
    t.equal(new Set(told).size, told.length, 'each once')
    t.equal((await mounted.attempt('stat', [mounted.path('node-1')])).code, 0, 'the mount lives')
  },
)
