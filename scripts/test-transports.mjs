// Runs the tests that a transport could fail on each of those that `npm test` has not taken for them: faults under
// load, locks, notifications, deadlines, object handles. FUSE over io_uring is switched on for that, where this is
// allowed, and switched back. Arguments narrow it further, as with test.mjs; `--all` runs all on each.

import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './lib/workspace.mjs'

/** What `npm test` runs on `ring`. */
const ON_RING = ['daemon/test/mount/life/']
/** What it runs on the best transport of several workers that the kernel offers. */
const ON_THE_BEST = [
  'async-handlers',
  'blocked-elsewhere',
  'deadlines',
  'forget',
  'idle',
  'interrupts',
  'many-interrupts',
  'locks',
  'loopback-data',
  'notifications',
  'object-handles',
  'request-costs',
  'signals',
  'transports',
  'workers',
].map((name) => `daemon/test/mount/${name}.`)

/** Each takes the place of what the tests run on otherwise. */
const TRANSPORTS = ['direct', 'uring']
const SWITCH = '/sys/module/fuse/parameters/enable_uring'

const isAll = process.argv.includes('--all')
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('-'))
const isWanted = (file) => wanted.length === 0 || wanted.some((word) => file.includes(word))
if (![...ON_RING, ...ON_THE_BEST].some(isWanted)) {
  console.error(`none of these tests: ${wanted.join(' ')}`)
  process.exit(1)
}

const before = readSwitch()
const isOn = before === 'Y' || turn('Y')
try {
  for (const transport of TRANSPORTS) {
    if (transport === 'uring' && !isOn) {
      console.log(`uring: skipped, as ${SWITCH} cannot be switched on`)
    } else if (run(transport) !== 0) {
      process.exitCode = 1
    }
  }
} finally {
  if (before === 'N' && isOn) turn('N')
}

function run(transport) {
  console.log(`transport ${transport}`)
  // With the switch on it depends on numbers of CPUs and workers, too.
  const isBest = transport === 'direct' && before !== 'Y'
  const files = [...ON_RING, ...(isBest && !isAll ? [] : ON_THE_BEST)].filter(isWanted)
  if (files.length === 0) return 0
  const command = [join(root, 'scripts', 'test.mjs'), ...files]
  const env = { ...process.env, FUSELOOP_TEST_TRANSPORT: transport }
  return spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit', env }).status
}

/** `Y`, `N`, or undefined where the kernel has no such thing. */
function readSwitch() {
  try {
    return readFileSync(SWITCH, 'utf8').trim()
  } catch {
    return undefined
  }
}

function turn(value) {
  try {
    writeFileSync(SWITCH, value)
    return true
  } catch {
    return false
  }
}
