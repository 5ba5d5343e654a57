// Processes that are killed or stopped under load: the daemon, and its clients.

import { detachMounts } from '../../support/mount-environment.js'
import { waitUntil } from '../../support/wait-until.js'
import { checkReports } from './support/load.js'
import { checkNothingLeft, DIED, endQuietly, testUnderLoad } from './support/scenario.js'

testUnderLoad(
  'kill -9 of the daemon: every client gets an error at once, what was acknowledged is there',
  async (t, mounted, load) => {
    mounted.daemon.kill('SIGKILL')
    const reports = await load.ended()
    checkReports(t, reports, DIED)
    for (const { errors } of reports) t.not(Object.keys(errors).length, 0, 'each got one')
    load.checkBeneath(t)
    t.ok(mounted.isMounted, 'the dead mount stays, as nobody is left to unmount it')
    detachMounts(mounted.mountpoint)
    await checkNothingLeft(t, mounted)
  },
)

testUnderLoad(
  'SIGSTOP holds everybody up, and after SIGCONT all go on without an error',
  async (t, mounted, load) => {
    mounted.daemon.kill('SIGSTOP')
    await waitUntil('requests wait', () => (mounted.waiting ?? 0) > 0)
    mounted.daemon.kill('SIGCONT')
    await load.proceeds()
    await endQuietly(t, mounted, load)
  },
)

testUnderLoad(
  'kill -9 of clients in mid-request: nobody else notices',
  async (t, mounted, load) => {
    for (const client of load.clients.filter((_, number) => number % 2 === 0)) {
      client.kill('SIGKILL')
      await load.proceeds(2)
    }
    await waitUntil(
      'the killed are gone',
      () => load.clients.filter(({ isRunning }) => isRunning).length === 4,
    )
    await endQuietly(t, mounted, load)
    t.equal(mounted.daemon.log, '', 'nothing was worth a line in the log')
  },
)
