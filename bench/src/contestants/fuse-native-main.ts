// The daemon of the contestants on fuse-native.
// Usage: node fuse-native-main.js MODULE trivial|directory MOUNTPOINT SOURCE BURN-ROUNDS

import { createRequire } from 'node:module'
import type { DaemonReport } from './daemon-report.js'
import { directoryOperations } from './fuse-native-directory.js'
import { trivialOperations } from './fuse-native-trivial.js'
import type { FuseNativeClass } from './fuse-native-types.js'

const [module = '', serves, mountpoint = '', source = '', burnRounds] = process.argv.slice(2)
const Fuse = createRequire(import.meta.url)(module) as FuseNativeClass

const operations =
  serves === 'trivial' ? trivialOperations(Number(burnRounds)) : directoryOperations(source)
// Text, as it leaves out a 0. Its own deadlines would start a timer for each request.
const options = { attrTimeout: '0', entryTimeout: '0', timeout: false }
const fuse = new Fuse(mountpoint, operations, options)
fuse.mount((error) => {
  const report: DaemonReport = error ? { refused: error.message } : { workers: 1 }
  process.stdout.write(`${JSON.stringify(report)}\n`)
})
