// The `fuseloop` command: what it does, and with which exit code it ends.

import { debugStack, type Failure, failureOf, printFailure } from '../command/failure.js'
import { runMount } from '../command/run-mount.js'
import { PROGRAM } from './mount-arguments.js'
import { createProgram } from './program.js'
import { unmountCommand } from './unmount-command.js'

/** Runs the command. @param args without node and script @returns the exit code */
export async function main(args: readonly string[]): Promise<number> {
  let exitCode = 0
  const program = createProgram({
    async mount({ order, foreground, logFile }) {
      exitCode = await runMount(order, { foreground, logFile, fail })
    },
    unmount: unmountCommand,
  })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return exitCode
  } catch (error) {
    // --help and --version are thrown too, with nothing left to say.
    if ((error as { exitCode?: unknown }).exitCode === 0) return 0
    debugStack(error)
    return fail(failureOf(error))
  }
}

/** Says what went wrong. @returns 2 where the command line is wrong, else 1 */
function fail(failure: Failure): number {
  printFailure(PROGRAM, failure)
  return failure.kind === 'usage' ? 2 : 1
}
