// The C++ tests of fuseloop-fusermount (cpp/helper/*-test.cpp): its parsers under sanitizers, and users who attack the
// helper as it is shipped, installed setuid root in a mount namespace of the test's own.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))
const HELPER = join(PACKAGE, 'build', 'Release', 'fuseloop-fusermount')
const WARNINGS = ['-Wall', '-Wextra', '-Wconversion', '-Wshadow', '-Werror']
const SANITIZERS = ['-fsanitize=address,undefined', '-fno-sanitize-recover=undefined']
const FLAGS = ['-std=c++20', '-g', ...WARNINGS, ...SANITIZERS, '-Isrc', '-Itest/cpp']
const TABLE = ['src/mount/mount-table.cpp', 'src/mount/privilege.cpp', 'src/base/system-error.cpp']
const PARSERS = [
  'src/helper/option-list.cpp',
  'src/helper/fuse-conf.cpp',
  'src/base/system-error.cpp',
]
const BUILD_DEADLINE_MS = 600_000
const RUN_DEADLINE_MS = 300_000
/** See cpp/mount/check.hpp. */
const SKIPPED = 77

t.setTimeout(3 * (BUILD_DEADLINE_MS + RUN_DEADLINE_MS))

const output = mkdtempSync(join(tmpdir(), 'fuseloop-helper-cpp-'))
t.teardown(() => rmSync(output, { recursive: true, force: true }))

const isCi = process.env['CI'] === 'true'
const mayMount = process.getuid?.() === 0 && existsSync('/dev/fuse')
const obstacle = mayMount || isCi ? false : 'needs root and /dev/fuse'

function build(name: string, sources: readonly string[]): string {
  const executable = join(output, name)
  const args = [...FLAGS, `test/cpp/helper/${name}.cpp`, ...sources, '-o', executable]
  const { status, stderr } = spawnSync('g++', args, {
    cwd: PACKAGE,
    encoding: 'utf8',
    timeout: BUILD_DEADLINE_MS,
  })
  if (status !== 0) throw new Error(`g++ ${args.join(' ')}: ${stderr}`)
  return executable
}

function passes(t: Test, name: string, sources: readonly string[], args: readonly string[]) {
  const { status, signal, stdout, stderr } = spawnSync(build(name, sources), args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: RUN_DEADLINE_MS,
  })
  if (status === SKIPPED && !isCi) t.pass(name, { skip: stdout.trim() })
  else t.equal(status, 0, status === 0 ? name : `${signal ?? status}\n${stdout}${stderr}`)
}

t.test('options, /etc/fuse.conf: what users may not say does not pass', async (t) => {
  const seed = process.env['FUSELOOP_FUZZ_SEED']
  passes(t, 'option-list-test', PARSERS, seed === undefined ? [] : [seed])
})

t.test('users cannot mount what or where they may not', { skip: obstacle }, async (t) => {
  passes(t, 'mount-attack-test', TABLE, [HELPER])
})

t.test('users cannot unmount what is not theirs', { skip: obstacle }, async (t) => {
  passes(t, 'unmount-attack-test', TABLE, [HELPER])
})
