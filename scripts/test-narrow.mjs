// Runs the tests in which scheduling matters where it is narrowest: one CPU, one worker, one thread in libuv's
// pool. Threads then take turns in other places, and what waits for a second worker or thread hangs.
// Arguments narrow it further, as with test.mjs. Tests that need several workers say so and skip.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './lib/workspace.mjs'

const FILES = [
  'core/test/ring/slot-queue-threads',
  'native/test/life-cycle',
  'native/test/native-queue',
  'daemon/test/virtual/',
  ...[
    'async-handlers',
    'forget',
    'handler-failures',
    'interrupts',
    'loopback-copies',
    'object-handles',
    'self-access',
    'workers',
  ].map((name) => `daemon/test/mount/${name}.`),
]

const wanted = process.argv.slice(2)
const files = FILES.filter(
  (file) => wanted.length === 0 || wanted.some((word) => file.includes(word)),
)
if (files.length === 0) {
  console.error(`none of these tests: ${wanted.join(' ')}`)
  process.exit(1)
}

const command = ['--cpu-list', firstCpu(), process.execPath, join(root, 'scripts', 'test.mjs')]
const { status, error } = spawnSync('taskset', [...command, ...files], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, FUSELOOP_TEST_WORKERS: '1', UV_THREADPOOL_SIZE: '1' },
})
if (error) console.error(`taskset (util-linux): ${error.message}`)
process.exitCode = status ?? 1

/** Of those that this process may use: in a container the first need not be 0. */
function firstCpu() {
  const line = /^Cpus_allowed_list:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))
  return line?.[1] ?? '0'
}
