// Small programs of test/cpp that need no kernel: built with the sources that they are about, and run.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))
const FLAGS = ['-std=c++20', '-g', '-pthread', '-Wall', '-Wextra', '-Werror', '-Isrc', '-Itest/cpp']
/** Of what hangs, however slow the machine is. */
const BUILD_DEADLINE_MS = 600_000
const RUN_DEADLINE_MS = 200_000
const MOST_PROGRAMS = 5

t.setTimeout(MOST_PROGRAMS * (BUILD_DEADLINE_MS + RUN_DEADLINE_MS))

/** @param program in test/cpp, and `sources` in src, without their endings; `sanitizers` as g++ names them */
export function testCpp(
  name: string,
  program: string,
  sources: readonly string[],
  sanitizers = 'address,undefined',
): void {
  void t.test(name, { timeout: BUILD_DEADLINE_MS + RUN_DEADLINE_MS }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'fuseloop-cpp-'))
    t.teardown(() => rmSync(folder, { recursive: true }))
    const executable = join(folder, 'test')
    const files = [`test/cpp/${program}.cpp`, ...sources.map((source) => `src/${source}.cpp`)]
    const args = [...FLAGS, `-fsanitize=${sanitizers}`, ...files, '-o', executable]
    const built = spawnSync('g++', args, {
      cwd: PACKAGE,
      encoding: 'utf8',
      timeout: BUILD_DEADLINE_MS,
    })
    t.equal(built.status, 0, built.stderr)
    const run = spawnSync(executable, { encoding: 'utf8', timeout: RUN_DEADLINE_MS })
    t.equal(run.status, 0, run.stdout.replaceAll(/^ok .*\n/gm, '') + run.stderr)
  })
}
