// Workers that die under load: their requests fail, and nothing else does.

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitUntil } from '../../support/wait-until.js'
import { checkReports } from './support/load.js'
import { checkNothingLeft, TRANSPORT, testUnderLoad } from './support/scenario.js'

const filesystem = new URL('./filesystems/short-lived.js', import.meta.url)
const DEATHS = 12
/** ECANCELED: of what the kernel was just giving to the thread that died (see DIED in support/scenario.ts). */
const LOST = TRANSPORT === 'uring' ? ['EIO', 'ECANCELED'] : ['EIO']

testUnderLoad(
  'a worker that dies every 100 ms costs its own requests EIO; what was acknowledged is there',
  async (t, mounted, load) => {
    const deadly = join(mounted.root, 'deadly')
    writeFileSync(deadly, '')
    const deaths = (): number => mounted.daemon.log.match(/worker \d ended/g)?.length ?? 0
    // Where the machine is slow, starting a worker takes longer than its life.
    await waitUntil(`${DEATHS} workers have died`, () => deaths() >= DEATHS)
    rmSync(deadly)
    await load.proceeds()
    checkReports(t, await load.stop(), LOST)
    load.checkBeneath(t)
    await mounted.inDaemon(({ session }) => session.unmount())
    await checkNothingLeft(t, mounted)
  },
  { filesystem },
)
