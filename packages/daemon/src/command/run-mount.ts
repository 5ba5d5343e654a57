// Serves an order as a command does: in a background process, or in this one until the mount is over.

import { checkDescriptors } from '../pool/descriptor-need.js'
import { planSession } from '../session/session-plan.js'
import { startDaemon } from './daemon-start.js'
import { type Failure, usage } from './failure.js'
import type { MountOrder } from './mount-order.js'

export interface RunSettings {
  readonly foreground: boolean
  /** For the background process. */
  readonly logFile: string | undefined
  /** Says what went wrong in the background; returns the exit code for it. */
  readonly fail: (failure: Failure) => number
}

/**
 * Resolves with the exit code, once the mount answers or, in the foreground, is over.
 * @throws what kept it from mounting
 */
export async function runMount(order: MountOrder, run: RunSettings): Promise<number> {
  // Checked here already, for an answer without a second process.
  const plan = planSession(order.filesystem, order.mountpoint, order.settings)
  if (plan.loop === 'multi') checkDescriptors(plan.workers)
  if (!run.foreground) {
    const failure = await startDaemon(order, run.logFile)
    return failure === undefined ? 0 : run.fail(failure)
  }
  if (run.logFile !== undefined)
    throw usage('a log is for the background; in the foreground write 2>FILE')
  const { describeMount, serveMount } = await import('./mount-server.js')
  return await serveMount(order, (session) => {
    process.stderr.write(`${order.program}: ${describeMount(order, session)}; Ctrl-C unmounts\n`)
  })
}
