// The native reader, ring, workers and replies over an in-process device, under sanitizers.
// A planted race proves that ThreadSanitizer is awake.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))
const FOLDERS = ['device', 'ring', 'node', 'base']
const BUILD_DEADLINE_MS = 180_000
const RUN_DEADLINE_MS = 120_000

t.setTimeout(3 * (BUILD_DEADLINE_MS + RUN_DEADLINE_MS))

const output = mkdtempSync(join(tmpdir(), 'fuseloop-stress-'))
t.teardown(() => rmSync(output, { recursive: true, force: true }))

function sources(): string[] {
  const library = FOLDERS.flatMap((folder) =>
    readdirSync(join(PACKAGE, 'src', folder))
      .filter((name) => name.endsWith('.cpp'))
      .map((name) => `src/${folder}/${name}`),
  )
  return ['test/cpp/device/session-stress-test.cpp', ...library]
}

function build(name: string, flags: readonly string[]): string {
  const executable = join(output, name)
  const args = ['-std=c++20', '-g', '-O1', '-Isrc', '-Itest/cpp', ...flags, ...sources()]
  const result = spawnSync('g++', [...args, '-pthread', '-o', executable], {
    cwd: PACKAGE,
    encoding: 'utf8',
    timeout: BUILD_DEADLINE_MS,
  })
  t.equal(result.status, 0, `${name} builds ${result.stderr}`)
  return executable
}

function run(executable: string): { status: number | null; text: string } {
  const result = spawnSync(executable, { encoding: 'utf8', timeout: RUN_DEADLINE_MS })
  return { status: result.status, text: result.stdout + result.stderr }
}

t.test('40,000 requests, interrupts and dying workers: each answered once, no data race', (t) => {
  const { status, text } = run(build('thread-sanitizer', ['-fsanitize=thread']))
  t.equal(status, 0, text)
  t.end()
})

t.test('a planted race is reported', (t) => {
  const { status, text } = run(build('planted', ['-fsanitize=thread', '-DPLANTED_RACE']))
  t.match(text, /data race/)
  t.not(status, 0)
  t.end()
})

t.test('no memory is misused', (t) => {
  const { status, text } = run(build('address-sanitizer', ['-fsanitize=address,undefined']))
  t.equal(status, 0, text)
  t.end()
})
