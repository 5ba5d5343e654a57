// The addon as a whole under AddressSanitizer and LeakSanitizer, in node, with workers and real mounts.
// Planted faults prove that both see what happens in the addon, in a worker thread too.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import type { Errand } from './addon-sanitizer-child.js'
import type { Ending, Stage } from './life-cycle-child.js'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))
/** Of all sources, which takes as long as the machine is busy. */
const BUILD_DEADLINE_MS = 600_000
const RUN_DEADLINE_MS = 300_000
const NO_MOUNT: readonly Stage[] = ['loaded', 'session', 'attached']
const LIVES: readonly (readonly [Stage, Ending])[] = [
  ['loaded', 'terminate'],
  ['session', 'none'],
  ['attached', 'terminate'],
  ['attached', 'exit'],
  ['mounted', 'terminate'],
  ['mounted', 'exit'],
  ['serving', 'terminate'],
  ['serving', 'exit'],
  ['serving', 'worker-exit'],
  ['serving', 'worker-throw'],
  ['handling', 'terminate'],
  ['handling', 'exit'],
  ['handling', 'worker-throw'],
  ['closed', 'none'],
]

t.setTimeout(BUILD_DEADLINE_MS + 10 * RUN_DEADLINE_MS)

const folder = mkdtempSync(join(tmpdir(), 'fuseloop-sanitized-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

function whyNoMounts(): string | false {
  // What cannot mount fails there.
  if (process.env['CI'] === 'true') return false
  if (!existsSync('/dev/fuse')) return 'needs /dev/fuse'
  return process.getuid?.() === 0 ? false : 'mounting here needs root'
}

/** Environment under which node loads the sanitized addon. process.exit() leaves the runtime's own memory behind. */
function environment(looksForLeaks: boolean): NodeJS.ProcessEnv {
  const { stdout } = spawnSync('g++', ['-print-file-name=libasan.so'], { encoding: 'utf8' })
  return {
    ...process.env,
    LD_PRELOAD: stdout.trim(),
    ASAN_OPTIONS: `detect_leaks=${looksForLeaks ? 1 : 0}`,
    FUSELOOP_NATIVE_ADDON: join(folder, 'fuseloop_native.node'),
  }
}

interface Outcome {
  /** The exit code, or the signal. */
  readonly end: number | string | null
  readonly output: string
}

async function run(program: string, args: readonly string[], leaks = true): Promise<Outcome> {
  const file = fileURLToPath(new URL(program, import.meta.url))
  const child = spawn(process.execPath, [file, ...args], {
    env: environment(leaks),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: RUN_DEADLINE_MS,
    killSignal: 'SIGKILL',
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  // Clients may hold the process's output open for longer than it lives.
  const [code, signal] = (await once(child, leaks ? 'close' : 'exit')) as [number | null, string]
  return { end: code ?? signal, output }
}

/** A folder to mount on, which is left neither mounted nor there. */
function makeMountpoint(t: Test): string {
  const mountpoint = mkdtempSync(join(folder, 'mnt-'))
  t.teardown(() => {
    spawnSync('umount', ['-l', mountpoint], { timeout: 5000, stdio: 'ignore' })
  })
  return mountpoint
}

function isMounted(mountpoint: string): boolean {
  return readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${mountpoint} `)
}

function child(errand: Errand, ...more: readonly string[]): Promise<Outcome> {
  return run('./addon-sanitizer-child.js', [errand, ...more], errand !== 'exit')
}

t.test('the addon builds with the sanitizer', async (t) => {
  const script = join(PACKAGE, 'build.mjs')
  const args = [script, '--sanitize=address', '--output', folder]
  const { status, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    timeout: BUILD_DEADLINE_MS,
  })
  t.equal(status, 0, stderr)
})

t.test('a planted overflow in a worker is reported', async (t) => {
  const { end, output } = await child('overflow')
  t.match(output, /AddressSanitizer: heap-buffer-overflow[\s\S]*plantedOverflow/)
  t.not(end, 0)
})

t.test('a planted leak is reported', async (t) => {
  const { end, output } = await child('leak')
  t.match(output, /leak of 4321 byte[\s\S]*plantedLeak/)
  t.not(end, 0)
})

for (const errand of ['quiet', 'terminate', 'exit'] as const) {
  t.test(`a mount under load, ending: ${errand}`, { skip: whyNoMounts() }, async (t) => {
    const mountpoint = makeMountpoint(t)
    const { end, output } = await child(errand, mountpoint)
    t.equal(end, 0, output)
    t.notOk(isMounted(mountpoint), 'nothing is left mounted')
  })
}

for (const [stage, ending] of LIVES) {
  const skip = NO_MOUNT.includes(stage) ? false : whyNoMounts()
  t.test(`at stage ${stage}, ending: ${ending}`, { skip }, async (t) => {
    const args = [stage, ending, makeMountpoint(t)]
    const { end, output } = await run('./life-cycle-child.js', args, ending !== 'exit')
    t.equal(end, 0, output)
  })
}

t.test('the tables keep their contract', async (t) => {
  const { end, output } = await run('./contract.test.js', [])
  t.equal(end, 0, output)
})
