// A busy mount that somebody wants to be rid of: gently, lazily, by force.

import type { Mounted } from '../../support/mounted.js'
import { checkReports } from './support/load.js'
import { checkNothingLeft, ENDED, endQuietly, testUnderLoad } from './support/scenario.js'

testUnderLoad('umount of a busy mount is EBUSY and changes nothing', async (t, mounted, load) => {
  for (let round = 0; round < 3; round += 1) {
    const { code, stderr } = await mounted.attempt('umount', [mounted.mountpoint])
    t.equal(code, 32, 'umount(8) says that it failed')
    t.match(stderr, /busy/)
    await load.proceeds(2)
  }
  await endQuietly(t, mounted, load)
})

testUnderLoad(
  'a lazy unmount hides the mount at once, and open files are served until they are closed',
  async (t, mounted, load) => {
    await mounted.run('umount', ['-l', mounted.mountpoint])
    t.notOk(mounted.isMounted)
    // Readers and renamers open by path, which leads to the empty folder beneath now.
    const writers = load.clients.filter((_, number) => load.kindOf(number) === 'writer')
    await load.proceeds()
    t.ok(
      writers.every(({ isRunning }) => isRunning),
      'those with an open file go on',
    )
    // Renamers hold no file, but may be between two names.
    checkReports(t, await load.stop(), ['ENOENT', 'EXDEV'])
    load.checkBeneath(t)
    await checkNothingLeft(t, mounted)
    t.same(await mounted.daemon.closed, { reason: 'unmounted', lost: [] })
  },
)

for (const [name, end] of [
  ['umount -f', (mounted) => mounted.attempt('umount', ['-f', mounted.mountpoint])],
  ['an abort through fusectl', async (mounted) => mounted.abortByKernel()],
] satisfies [string, (mounted: Mounted) => Promise<unknown>][]) {
  testUnderLoad(`${name} ends everything at once`, async (t, mounted, load) => {
    await end(mounted)
    // Who looks only now finds the folder beneath, and would look for ever.
    const reports = await load.stop()
    checkReports(t, reports, [...ENDED, 'ENOENT'])
    load.checkBeneath(t)
    await checkNothingLeft(t, mounted)
    t.same(await mounted.daemon.ended, { code: 0, signal: null }, 'the daemon ends by itself')
  })
}
