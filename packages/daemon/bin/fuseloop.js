#!/usr/bin/env node
// The `fuseloop` command. Committed, so that `bin` points at something before the packages are built.

import { existsSync } from 'node:fs'

const command = new URL('../dist/cli/main.js', import.meta.url)
if (existsSync(command)) {
  const { main } = await import(command.href)
  // Whatever is left to run, a background process being watched among it, the command is over.
  process.exit(await main(process.argv.slice(2)))
} else {
  console.error('fuseloop: not built; run `npm run setup` in the checkout first')
  process.exitCode = 1
}
