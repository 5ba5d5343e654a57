// C++ under sanitizers: programs of test/cpp, linked with objects of src that are made once for all test files.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))
const MAKEFILE = 'test/cpp/sanitized.mk'
const WARNINGS = ['-Wall', '-Wextra', '-Wconversion', '-Wshadow', '-Werror', '-Wno-restrict']
const COMMON = ['-std=c++20', '-g', '-O1', '-pthread', ...WARNINGS]
const SANITIZERS = {
  thread: ['-fsanitize=thread', '-Wno-tsan'],
  memory: ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
} as const
const PROGRAM_DEADLINE_MS = 600_000

export type Sanitizer = keyof typeof SANITIZERS

/** Of all objects and of some programs, however slow the machine is. */
export const BUILD_DEADLINE_MS = 900_000

/** Builds `test/cpp/TEST.cpp`. @throws what the compiler says, of a warning too */
export function buildSanitized(
  test: string,
  executable: string,
  sanitizer: Sanitizer,
  ...defines: readonly string[]
): void {
  const objects = library(sanitizer)
  const flags = ['-Isrc', '-Itest/cpp', ...COMMON, ...SANITIZERS[sanitizer], ...defines]
  must('g++', [...flags, `test/cpp/${test}.cpp`, ...objects, '-o', executable], PROGRAM_DEADLINE_MS)
}

function library(sanitizer: Sanitizer): string[] {
  const flags = [...COMMON, ...SANITIZERS[sanitizer]].join(' ')
  const { stdout: version } = spawnSync('g++', ['--version'], { encoding: 'utf8' })
  const key = createHash('sha256').update(`${version} ${flags}`).digest('hex').slice(0, 8)
  const out = join('build', `sanitized-${sanitizer}-${key}`)
  mkdirSync(join(PACKAGE, out), { recursive: true })
  const settings = [`OUT=${out}`, `FLAGS=${flags}`]
  const jobs = `-j${availableParallelism()}`
  // Another test file may want the same objects at this moment.
  must('flock', [join(out, 'lock'), 'make', jobs, '-s', '-f', MAKEFILE, ...settings])
  const list = spawnSync('make', ['-s', '-f', MAKEFILE, ...settings, 'list'], {
    cwd: PACKAGE,
    encoding: 'utf8',
  })
  return list.stdout.trim().split(/\s+/)
}

function must(program: string, args: readonly string[], timeout?: number): void {
  const options = { cwd: PACKAGE, encoding: 'utf8', timeout } as const
  const { status, signal, error, stdout, stderr } = spawnSync(program, args, options)
  if (status === 0) return
  const why = error?.message ?? signal ?? status
  throw new Error(`${program} ${args.join(' ')}: ${why}\n${stdout}${stderr}`)
}
