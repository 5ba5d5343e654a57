// Signals that tell the daemon to end, under load: no new opens, open files served for a while, nothing lost.

import { within } from '../../support/wait-until.js'
import { checkReports } from './support/load.js'
import { checkNothingLeft, ENDED, testUnderLoad } from './support/scenario.js'

const DEADLINE_MS = 60_000

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  testUnderLoad(`${signal} ends the mount, and nothing is lost`, async (t, mounted, load) => {
    mounted.daemon.kill(signal)
    const end = await within('the end of the daemon', mounted.daemon.ended, DEADLINE_MS)
    t.same(end, { code: null, signal }, 'as the signal would have ended it, so nothing is lost')
    // Who opens by path finds the empty folder beneath by now.
    checkReports(t, await load.stop(), [...ENDED, 'ESHUTDOWN', 'ENOENT', 'EXDEV'])
    load.checkBeneath(t)
    await checkNothingLeft(t, mounted)
  })
}

testUnderLoad('a second SIGTERM does not wait for anybody', async (t, mounted, load) => {
  mounted.daemon.kill('SIGTERM')
  mounted.daemon.kill('SIGTERM')
  await within('the end of the daemon', mounted.daemon.ended, DEADLINE_MS)
  checkReports(t, await load.stop(), [...ENDED, 'ESHUTDOWN', 'ENOENT', 'EXDEV'])
  load.checkBeneath(t)
  await checkNothingLeft(t, mounted)
})
