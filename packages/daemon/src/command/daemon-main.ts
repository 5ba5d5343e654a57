// The background process of a command: its one argument is the order, its descriptor 3 takes the report.

import { debugStack, failureOf, printFailure } from './failure.js'
import type { MountOrder } from './mount-order.js'
import { describeMount, serveMount } from './mount-server.js'
import { sendReport } from './ready-report.js'

/** Nothing is thrown: the waiting process gets the failure, and the log if there is one. */
async function runDaemon(order: MountOrder): Promise<number> {
  try {
    return await serveMount(order, (session) => {
      process.stderr.write(`${order.program}: ${describeMount(order, session)}\n`)
      // Nobody waits any more: the caller was interrupted, and expects no mount.
      if (!sendReport({ kind: 'ready' })) void session.abort()
    })
  } catch (error) {
    debugStack(error)
    const failure = failureOf(error)
    sendReport({ kind: 'failed', failure })
    printFailure(order.program, failure)
    return 1
  }
}

const order = JSON.parse(process.argv[2] ?? '') as MountOrder
// The daemon must not keep the caller's directory, or what is mounted there, busy.
process.chdir('/')
process.title = `${order.program} ${order.mountpoint}`
process.exit(await runDaemon(order))
