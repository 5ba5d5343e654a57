// The native reader and ring, given messages that no kernel sends, under AddressSanitizer and
// UndefinedBehaviorSanitizer. Planted faults prove that both are awake.
// FUSELOOP_FUZZ_SEED and FUSELOOP_FUZZ_RUNS (how many times as long) choose others.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { routingTable } from '@fuseloop/core/dispatch'
import t from 'tap'
import { BUILD_DEADLINE_MS, buildSanitized } from './sanitized-build.js'

const SEED = process.env['FUSELOOP_FUZZ_SEED'] ?? '20260714'
const FACTOR = Number(process.env['FUSELOOP_FUZZ_RUNS'] ?? 1)
const ROUNDS = 500 * FACTOR
const RUN_DEADLINE_MS = 400_000 * FACTOR

t.setTimeout(BUILD_DEADLINE_MS + 3 * RUN_DEADLINE_MS)

const output = mkdtempSync(join(tmpdir(), 'fuseloop-fuzz-'))
t.teardown(() => rmSync(output, { recursive: true, force: true }))
const executable = join(output, 'reader-fuzz-test')

function run(...planted: string[]): { status: number | null; text: string } {
  const routing = Buffer.from(routingTable()).toString('hex')
  const args = [routing, SEED, String(ROUNDS), ...planted]
  const result = spawnSync(executable, args, { encoding: 'utf8', timeout: RUN_DEADLINE_MS })
  return { status: result.status, text: result.stdout + result.stderr }
}

t.test('the reader builds with sanitizers and without warnings', async () => {
  buildSanitized('device/reader-fuzz-test', executable, 'memory')
})

t.test('malformed requests do no harm, and each is answered once', (t) => {
  const { status, text } = run()
  t.equal(status, 0, `seed ${SEED}: ${text}`)
  t.end()
})

t.test('a planted look behind a message is reported', (t) => {
  const { status, text } = run('planted-overflow')
  t.match(text, /AddressSanitizer: use-after-poison/)
  t.not(status, 0)
  t.end()
})

t.test('a planted overflow of an integer is reported', (t) => {
  const { status, text } = run('planted-undefined')
  t.match(text, /runtime error: signed integer overflow/)
  t.not(status, 0)
  t.end()
})
