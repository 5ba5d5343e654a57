// How a mount ends: by its session, by umount(8), by the kernel.

import { exitCode, sessionEnd, startHolder } from '../support/mount-end.js'
import { testMount, testMountInAllLoops } from '../support/mount-test.js'
import { waitUntil } from '../support/wait-until.js'

const interruptible = new URL('./filesystems/interruptible.js', import.meta.url)

testMountInAllLoops(
  'unmount() is EBUSY while a file is open, and works once it is closed',
  { filesystem: 'hello' },
  async (t, mounted) => {
    const holder = await startHolder(mounted, 'hello')
    await t.rejects(
      mounted.inDaemon(({ session }) => session.unmount()),
      { code: 'EBUSY' },
    )
    t.ok(mounted.isMounted, 'the mount is as before')
    t.equal(await mounted.run('cat', [mounted.path('hello')]), 'hello\n')
    holder.endInput()
    t.match((await holder.ended).outcome, { value: 'hello\n' })
    await mounted.inDaemon(({ session }) => session.unmount())
    t.notOk(mounted.isMounted)
    t.same(await sessionEnd(mounted), { reason: 'unmounted', lost: [] })
    t.equal(await exitCode(mounted), 0, 'nothing keeps the process alive')
  },
)

testMountInAllLoops(
  'a lazy unmount leaves the tree at once and serves those who are there to their end',
  { filesystem: 'hello' },
  async (t, mounted) => {
    const holder = await startHolder(mounted, 'hello')
    await mounted.inDaemon(({ session }) => session.unmount({ lazy: true }))
    t.notOk(mounted.isMounted)
    t.equal((await mounted.status()).mountpoint, mounted.mountpoint, 'the session goes on')
    holder.endInput()
    t.match((await holder.ended).outcome, { value: 'hello\n' }, 'the open file is still served')
    t.same(await sessionEnd(mounted), { reason: 'unmounted', lost: [] })
    t.equal(await exitCode(mounted), 0)
  },
)

testMountInAllLoops(
  'abort() sets a stuck client free',
  { filesystem: interruptible },
  async (t, mounted) => {
    const stuck = mounted.start('cat', [mounted.path('signal')])
    await waitUntil('the reader waits', () => mounted.events().length === 1)
    await mounted.inDaemon(({ session }) => session.abort())
    t.match((await stuck.ended).stderr, /Software caused connection abort/)
    t.notOk(mounted.isMounted)
    t.same(await sessionEnd(mounted), { reason: 'aborted', lost: [] })
  },
)

testMountInAllLoops(
  'the session ends when somebody else unmounts it with umount(8)',
  { filesystem: 'hello' },
  async (t, mounted) => {
    await mounted.run('umount', [mounted.mountpoint])
    t.same(await sessionEnd(mounted), { reason: 'unmounted', lost: [] })
    t.equal(await exitCode(mounted), 0)
    t.equal(mounted.daemon.log, '')
  },
)

testMount(
  'the session ends when the kernel is told to abort its connection',
  { filesystem: interruptible, workers: 2 },
  async (t, mounted) => {
    const stuck = mounted.start('cat', [mounted.path('signal')])
    await waitUntil('the reader waits', () => mounted.events().length === 1)
    mounted.abortByKernel()
    t.match((await stuck.ended).stderr, /Software caused connection abort/)
    t.same(await sessionEnd(mounted), { reason: 'aborted', lost: [] })
    t.not(await exitCode(mounted), null, 'the process ends by itself')
    t.notOk(mounted.isMounted, 'nothing is left mounted')
  },
)

const CYCLES = 10
const CALLS = 6

testMount(
  'an end that meets requests on their way is told as what it was',
  { filesystem: 'hello', workers: 1 },
  async (t, mounted) => {
    const reasons: string[] = []
    for (let call = 0; call < CALLS; call += 1) {
      reasons.push(
        ...(await mounted.inDaemon(
          async ({ mount, childProcess, fs }, place, source, cycles) => {
            fs.mkdirSync(place, { recursive: true })
            for (let file = 1; file <= 6; file += 1) fs.writeFileSync(`${source}/${file}`, '')
            const settings = { workers: 1, handleSignals: false, set: { source } }
            const reasons: string[] = []
            for (let cycle = 0; cycle < cycles; cycle += 1) {
              const session = await mount('loopback', place, settings)
              // The RELEASEs of all of them go out while the last of them takes the mount along.
              const script =
                'exec 3<"$0/1" 4<"$0/2" 5<"$0/3" 6<"$0/4" 7<"$0/5" 8<"$0/6"; umount -l "$0"'
              childProcess.spawn('sh', ['-c', script, place], { stdio: 'ignore' })
              reasons.push((await session.closed).reason)
            }
            return reasons
          },
          `${mounted.root}/again`,
          mounted.source,
          CYCLES,
        )),
      )
    }
    t.same(
      reasons.filter((reason) => reason !== 'unmounted'),
      [],
      `of ${reasons.length} ends`,
    )
  },
)
