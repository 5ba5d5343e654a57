// Runs compiled test files by tap, each in a process of its own, and writes TAP to stdout.
// `tap run` would load its TypeScript loader into each of them, which costs seconds a file.
// Usage: node run-tap.mjs JOBS FILE...

import { readFileSync } from 'node:fs'

// Of what hangs: long ones are only slow where the machine is.
process.env.TAP_TIMEOUT ??= '600'
const { t } = await import('tap')

const [jobs, ...files] = process.argv.slice(2)
const timeout = 1000 * Number(process.env.TAP_TIMEOUT)

/** What a file names that changes the machine for all: it runs alone. Mounts by themselves do not disturb each other. */
const MACHINE = /\/proc\/sys\/|\/sys\/module\//
const isAlone = (file) => MACHINE.test(readFileSync(file, 'utf8'))

// The deadline is that of a file, which can set another by t.setTimeout().
t.setTimeout(0)
t.jobs = Number(jobs)
t.plan(files.length)
// From the end: what builds C++ and what mounts takes longest, and the many short files of core fill up at last.
const together = files.filter((file) => !isAlone(file)).reverse()
for (const file of together) start(file, { buffered: true })
// Unbuffered ones wait for all above and run one by one.
for (const file of files.filter(isAlone)) start(file, { buffered: false })

// Through env(1), which takes out the hooks that tap puts into NODE_OPTIONS: every Node.js process that a test
// starts would load them too, which costs time and adds listeners for signals.
function start(file, options) {
  const command = ['--unset=NODE_OPTIONS', process.execPath, '--enable-source-maps', file]
  void t.spawn('env', command, { timeout, ...options }, file)
}
