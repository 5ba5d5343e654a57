// The C++ tests of mounting (cpp/mount/*-test.cpp), under sanitizers. They use real mounts, in directories of
// their own, and unmount what they mounted.

import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))
const TESTS = 'test/cpp/mount'
const OUR_HELPER = join(PACKAGE, 'build', 'Release', 'fuseloop-fusermount')
const WARNINGS = ['-Wall', '-Wextra', '-Wconversion', '-Wshadow', '-Werror']
const SANITIZERS = ['-fsanitize=address,undefined', '-fno-sanitize-recover=undefined']
const FLAGS = ['-std=c++20', '-g', ...SANITIZERS, '-pthread', '-Isrc']
const UNPRIVILEGED: ReadonlySet<string> = new Set([
  'mount-options-test',
  'mount-table-test',
  'mount-fuzz-test',
  'helper-process-test',
])
/** Of one source; all of them take as long as the machine is slow. */
const BUILD_DEADLINE_MS = 600_000
const RUN_DEADLINE_MS = 300_000
/** See check.hpp. */
const SKIPPED = 77

t.setTimeout(3 * BUILD_DEADLINE_MS + 6 * RUN_DEADLINE_MS)

const output = mkdtempSync(join(tmpdir(), 'fuseloop-mount-cpp-'))
t.teardown(() => rmSync(output, { recursive: true, force: true }))

function sources(folder: string, ending: string): string[] {
  return readdirSync(join(PACKAGE, folder))
    .filter((name) => name.endsWith(ending))
    .map((name) => `${folder}/${name}`)
}

function objectOf(source: string): string {
  return join(output, `${source.replaceAll('/', '-')}.o`)
}

/** @returns what the compiler said; empty if all is well */
function compile(source: string): Promise<string> {
  const args = [...FLAGS, ...WARNINGS, '-c', source, '-o', objectOf(source)]
  const child = spawn('g++', args, {
    cwd: PACKAGE,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: BUILD_DEADLINE_MS,
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) =>
      resolve(code === 0 ? '' : `${source}: ${signal ?? code} ${said}`),
    )
  })
}

/** Each source once, several at a time. */
async function compileAll(list: readonly string[]): Promise<string[]> {
  const waiting = [...list]
  const complaints: string[] = []
  const compileNext = async (): Promise<void> => {
    for (let source = waiting.shift(); source !== undefined; source = waiting.shift()) {
      complaints.push(await compile(source))
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, compileNext))
  return complaints.filter((text) => text !== '')
}

/** Why a test cannot run here; CI must be able to run them all. */
function obstacle(name: string): string | undefined {
  if (UNPRIVILEGED.has(name)) return undefined
  if (process.getuid?.() !== 0) return 'needs root'
  if (!existsSync('/dev/fuse')) return 'needs /dev/fuse'
  if (name.startsWith('helper-') && !isInPath('fusermount3')) return 'needs fusermount3 (fuse3)'
  return undefined
}

function isInPath(program: string): boolean {
  const folders = (process.env['PATH'] ?? '').split(':')
  return folders.some((folder) => existsSync(join(folder, program)))
}

function run(executable: string, ...args: string[]): { status: number | null; text: string } {
  const result = spawnSync(executable, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: RUN_DEADLINE_MS,
  })
  const ending = result.status === null ? `ended by ${result.signal}\n` : ''
  return { status: result.status, text: `${ending}${result.stdout}${result.stderr}` }
}

const library = [...sources('src/mount', '.cpp'), ...sources('src/base', '.cpp')]
const tests = sources(TESTS, '-test.cpp')
const isCi = process.env['CI'] === 'true'

t.test('the sources build without warnings', async (t) => {
  t.same(await compileAll([...library, ...tests]), [])
})

for (const source of tests) {
  const name = basename(source, '.cpp')
  const reason = obstacle(name)
  t.test(`${name} passes`, { skip: isCi ? false : (reason ?? false) }, async (t) => {
    if (reason !== undefined) return void t.fail(reason)
    const executable = join(output, name)
    const objects = [source, ...library].map(objectOf)
    const linked = spawnSync('g++', [...FLAGS, ...objects, '-o', executable], {
      cwd: PACKAGE,
      encoding: 'utf8',
      timeout: BUILD_DEADLINE_MS,
    })
    t.equal(linked.status, 0, linked.stderr)
    const { status, text } = run(executable)
    if (status === SKIPPED && !isCi) t.pass(name, { skip: text.trim() })
    else t.equal(status, 0, status === 0 ? name : text)
    if (name !== 'helper-mount-test') return
    const ours = run(executable, OUR_HELPER)
    t.equal(ours.status, 0, ours.status === 0 ? 'with fuseloop-fusermount, too' : ours.text)
  })
}
