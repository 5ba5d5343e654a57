#!/usr/bin/env node
// The `fuseloop` command. Committed, so that `bin` points at something before the packages are built.

import { runBuilt } from './run-built.js'

await runBuilt(new URL('../dist/cli/main.js', import.meta.url), 'fuseloop')
