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
