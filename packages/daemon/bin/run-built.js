// Runs the `main` of a compiled command, or says what to do where nothing is compiled yet.

import { existsSync } from 'node:fs'

/** @param {URL} command @param {string} program */
export async function runBuilt(command, program) {
  if (!existsSync(command)) {
    console.error(`${program}: not built; run \`npm run setup\` in the checkout first`)
    process.exitCode = 1
    return
  }
  const main = await load(command, program)
  // Whatever is left to run, a background process being watched among it, the command is over.
  process.exit(await main(process.argv.slice(2)))
}

/** Node opens the modules of a graph at once, and stops where it may open no more. */
async function load(command, program) {
  try {
    return (await import(command.href)).main
  } catch (error) {
    if (error.code !== 'EMFILE') throw error
    console.error(
      `${program}: too few file descriptors to start; ulimit -n 64 is enough for 4 workers`,
    )
    process.exit(1)
  }
}
