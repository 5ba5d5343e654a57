// The `fuseloop` command: what it does, and with which exit code it ends.

import { debugStack, failureOf, printFailure } from './failure.js'
import { mountCommand } from './mount-command.js'
import { createProgram } from './program.js'
import { unmountCommand } from './unmount-command.js'

/** Runs the command. @param args without node and script @returns the exit code */
export async function main(args: readonly string[]): Promise<number> {
  let exitCode = 0
  const program = createProgram({
    async mount(given) {
      exitCode = await mountCommand(given, args)
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
    const failure = failureOf(error)
    printFailure(failure)
    return failure.exitCode
  }
}
