// Runs the `main` of a compiled command, or says what to do where nothing is compiled yet.

import { existsSync } from 'node:fs'

/** @param {URL} command @param {string} program */
export async function runBuilt(command, program) {
  if (!existsSync(command)) {
    console.error(`${program}: not built; run \`npm run setup\` in the checkout first`)
    process.exitCode = 1
    return
  }
  const { main } = await import(command.href)
  // Whatever is left to run, a background process being watched among it, the command is over.
  process.exit(await main(process.argv.slice(2)))
}
