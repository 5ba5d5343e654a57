// Run by ring-memory.test.ts: lays out a session's ring where the address space has room for 256 slots of 1 MiB, and not
// for twice as many.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRing } from '../../dist/session/ring-memory.js'

const ROOM_KIB = 480 * 1024

const used = Number(/VmSize:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
execFileSync('prlimit', ['--pid', `${process.pid}`, `--as=${(used + ROOM_KIB) * 1024}`])
const plan = { hasKernel: true, loop: 'multi', transport: 'uring', workers: 1, limits: {} } as const
const { ring } = createRing(plan, () => 0)
console.log(ring.geometry.slotCount)
