#!/usr/bin/env node
// The `fuseloop` command. Committed, so that `bin` points at something before the packages are built.

import { runBuilt } from './run-built.js'

await runBuilt(new URL('../bundle/cli.js', import.meta.url), 'fuseloop')
