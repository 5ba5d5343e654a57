// The native reader, ring, workers and replies over an in-process device, under sanitizers.
// Planted bugs prove that each sanitizer is awake.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))
const FOLDERS = ['device', 'ring', 'node', 'base']
const THREADS = ['-fsanitize=thread']
const MEMORY = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all']
const BUILD_DEADLINE_MS = 180_000
const RUN_DEADLINE_MS = 120_000

t.setTimeout(5 * (BUILD_DEADLINE_MS + RUN_DEADLINE_MS))

const output = mkdtempSync(join(tmpdir(), 'fuseloop-stress-'))
t.teardown(() => rmSync(output, { recursive: true, force: true }))

function compile(args: readonly string[], folder: string): void {
  const { status, stderr } = spawnSync('g++', ['-std=c++20', '-g', '-O1', '-pthread', ...args], {
    cwd: folder,
    encoding: 'utf8',
    timeout: BUILD_DEADLINE_MS,
  })
  if (status !== 0) throw new Error(`g++ ${args.join(' ')}: ${stderr}`)
}

/** Objects of what is tested, made once for all tests under one sanitizer. */
const libraries = new Map<string, readonly string[]>()

function library(sanitizer: readonly string[]): readonly string[] {
  const key = sanitizer.join(' ')
  const made = libraries.get(key)
  if (made !== undefined) return made
  const folder = mkdtempSync(join(output, 'objects-'))
  const sources = FOLDERS.flatMap((name) =>
    readdirSync(join(PACKAGE, 'src', name))
      .filter((file) => file.endsWith('.cpp'))
      .map((file) => join(PACKAGE, 'src', name, file)),
  )
  compile(['-c', `-I${join(PACKAGE, 'src')}`, ...sanitizer, ...sources], folder)
  const objects = readdirSync(folder).map((name) => join(folder, name))
  libraries.set(key, objects)
  return objects
}

/** @param test file in test/cpp/device */
function buildTest(
  test: string,
  name: string,
  sanitizer: readonly string[],
  ...defines: readonly string[]
): string {
  const executable = join(output, name)
  const objects = library(sanitizer)
  const source = `test/cpp/device/${test}.cpp`
  compile(
    ['-Isrc', '-Itest/cpp', ...sanitizer, ...defines, source, ...objects, '-o', executable],
    PACKAGE,
  )
  return executable
}

function build(name: string, sanitizer: readonly string[], ...defines: readonly string[]): string {
  return buildTest('session-stress-test', name, sanitizer, ...defines)
}

function run(executable: string): { status: number | null; text: string } {
  const result = spawnSync(executable, { encoding: 'utf8', timeout: RUN_DEADLINE_MS })
  return { status: result.status, text: result.stdout + result.stderr }
}

t.test(
  '40,000 requests, signals, kills, notifications, late and dying workers: each settled once, no data race',
  (t) => {
    const { status, text } = run(build('thread-sanitizer', THREADS))
    t.equal(status, 0, text)
    t.end()
  },
)

t.test('locks: who has one has it alone, who waits is answered once, no data race', (t) => {
  const { status, text } = run(buildTest('lock-stress-test', 'lock-stress', THREADS))
  t.equal(status, 0, text)
  t.end()
})

t.test('no memory is misused, and nothing is undefined', (t) => {
  const { status, text } = run(build('address-sanitizer', MEMORY))
  t.equal(status, 0, text)
  t.end()
})

const PLANTED = [
  { bug: 'RACE', sanitizer: THREADS, report: /data race/ },
  // What the quarantine is for: a late handler writes into another client's request.
  { bug: 'REUSE', sanitizer: THREADS, report: /data race/ },
  { bug: 'OVERFLOW', sanitizer: MEMORY, report: /heap-buffer-overflow/ },
  { bug: 'UNDEFINED', sanitizer: MEMORY, report: /signed integer overflow/ },
]

for (const { bug, sanitizer, report } of PLANTED) {
  t.test(`a planted bug is reported: ${bug}`, (t) => {
    const { status, text } = run(build(bug, sanitizer, `-DPLANTED_${bug}`))
    t.match(text, report)
    t.not(status, 0)
    t.end()
  })
}
