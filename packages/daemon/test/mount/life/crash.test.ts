// An exception that nobody catches, on the main thread of a process with a busy mount.

import { within } from '../../support/wait-until.js'
import { checkReports } from './support/load.js'
import { checkNothingLeft, DIED, testUnderLoad } from './support/scenario.js'

testUnderLoad(
  'an uncaught exception unmounts and ends the process with 1; what was acknowledged is there',
  async (t, mounted, load) => {
    mounted
      .inDaemon(() => {
        setImmediate(() => {
          throw new Error('not caught')
        })
      })
      .catch(() => undefined)
    const end = await within('the end of the process', mounted.daemon.ended, 60_000)
    t.same(end, { code: 1, signal: null }, 'as of any Node.js program')
    await mounted.daemon.logged(/Error: not caught/)
    t.notOk(mounted.isMounted, 'it was unmounted before the process ended')
    // Who opens by path finds the empty folder beneath by now.
    checkReports(t, await load.stop(), [...DIED, 'ENOENT', 'EXDEV'])
    load.checkBeneath(t)
    await checkNothingLeft(t, mounted)
  },
)
