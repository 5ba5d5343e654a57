// The native reader, ring, workers and replies over an in-process device, under sanitizers.
// Planted bugs prove that each sanitizer is awake.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { BUILD_DEADLINE_MS, buildSanitized, type Sanitizer } from './sanitized-build.js'

const RUN_DEADLINE_MS = 400_000

t.setTimeout(BUILD_DEADLINE_MS + 8 * RUN_DEADLINE_MS)

const output = mkdtempSync(join(tmpdir(), 'fuseloop-stress-'))
t.teardown(() => rmSync(output, { recursive: true, force: true }))

/** @param test file in test/cpp */
function buildTest(
  test: string,
  name: string,
  sanitizer: Sanitizer,
  ...defines: readonly string[]
): string {
  const executable = join(output, name)
  buildSanitized(test, executable, sanitizer, ...defines)
  return executable
}

function build(name: string, sanitizer: Sanitizer, ...defines: readonly string[]): string {
  return buildTest('device/session-stress-test', name, sanitizer, ...defines)
}

function run(executable: string, ...args: string[]): { status: number | null; text: string } {
  const result = spawnSync(executable, args, { encoding: 'utf8', timeout: RUN_DEADLINE_MS })
  return { status: result.status, text: result.stdout + result.stderr }
}

t.test(
  '40,000 requests, signals, kills, notifications, late and dying workers: each settled once, no data race',
  (t) => {
    const executable = build('thread-sanitizer', 'thread')
    for (const transport of ['ring', 'direct']) {
      const { status, text } = run(executable, transport)
      t.equal(status, 0, `${transport}: ${text}`)
    }
    t.end()
  },
)

t.test('locks: who has one has it alone, who waits is answered once, no data race', (t) => {
  const { status, text } = run(buildTest('device/lock-stress-test', 'lock-stress', 'thread'))
  t.equal(status, 0, text)
  t.end()
})

t.test('the role of reading passes between reader and workers as its rules say', (t) => {
  const { status, text } = run(buildTest('direct/reading-role-test', 'reading-role', 'thread'))
  t.equal(status, 0, text)
  t.end()
})

t.test('no memory is misused, and nothing is undefined', (t) => {
  const executable = build('address-sanitizer', 'memory')
  for (const transport of ['ring', 'direct']) {
    const { status, text } = run(executable, transport)
    t.equal(status, 0, `${transport}: ${text}`)
  }
  t.end()
})

const PLANTED = [
  { bug: 'RACE', sanitizer: 'thread' as const, report: /data race/ },
  // What the quarantine is for: a late handler writes into another client's request.
  { bug: 'REUSE', sanitizer: 'thread' as const, report: /data race/ },
  { bug: 'OVERFLOW', sanitizer: 'memory' as const, report: /heap-buffer-overflow/ },
  { bug: 'UNDEFINED', sanitizer: 'memory' as const, report: /signed integer overflow/ },
]

for (const { bug, sanitizer, report } of PLANTED) {
  t.test(`a planted bug is reported: ${bug}`, (t) => {
    const { status, text } = run(build(bug, sanitizer, `-DPLANTED_${bug}`))
    t.match(text, report)
    t.not(status, 0)
    t.end()
  })
}
