// The native reader and ring, given messages that no kernel sends, under AddressSanitizer and
// UndefinedBehaviorSanitizer. Planted faults prove that both are awake.
// FUSELOOP_FUZZ_SEED and FUSELOOP_FUZZ_RUNS (how many times as long) choose others.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { routingTable } from '@fuseloop/core/dispatch'
import t from 'tap'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))
const FOLDERS = ['device', 'ring', 'node', 'base']
const WARNINGS = ['-Wall', '-Wextra', '-Wconversion', '-Wshadow', '-Werror', '-Wno-restrict']
const SANITIZERS = ['-fsanitize=address,undefined', '-fno-sanitize-recover=undefined']
const SEED = process.env['FUSELOOP_FUZZ_SEED'] ?? '20260714'
const FACTOR = Number(process.env['FUSELOOP_FUZZ_RUNS'] ?? 1)
const ROUNDS = 500 * FACTOR
const BUILD_DEADLINE_MS = 180_000
const RUN_DEADLINE_MS = 120_000 * FACTOR

t.setTimeout(BUILD_DEADLINE_MS + 3 * RUN_DEADLINE_MS)

const output = mkdtempSync(join(tmpdir(), 'fuseloop-fuzz-'))
t.teardown(() => rmSync(output, { recursive: true, force: true }))
const executable = join(output, 'reader-fuzz-test')

function sources(): string[] {
  const library = FOLDERS.flatMap((folder) =>
    readdirSync(join(PACKAGE, 'src', folder))
      .filter((name) => name.endsWith('.cpp'))
      .map((name) => `src/${folder}/${name}`),
  )
  return ['test/cpp/device/reader-fuzz-test.cpp', ...library]
}

function run(...planted: string[]): { status: number | null; text: string } {
  const routing = Buffer.from(routingTable()).toString('hex')
  const args = [routing, SEED, String(ROUNDS), ...planted]
  const result = spawnSync(executable, args, { encoding: 'utf8', timeout: RUN_DEADLINE_MS })
  return { status: result.status, text: result.stdout + result.stderr }
}

t.test('the reader builds with sanitizers and without warnings', (t) => {
  const args = ['-std=c++20', '-g', '-O1', '-Isrc', '-Itest/cpp', ...WARNINGS, ...SANITIZERS]
  const result = spawnSync('g++', [...args, ...sources(), '-pthread', '-o', executable], {
    cwd: PACKAGE,
    encoding: 'utf8',
    timeout: BUILD_DEADLINE_MS,
  })
  t.equal(result.status, 0, result.stderr)
  t.end()
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
