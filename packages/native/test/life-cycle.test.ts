// Threads, shared memory and event-loop handles end cleanly whenever a process or worker does.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import type { Ending, Stage } from './life-cycle-child.js'

const CHILD = fileURLToPath(new URL('./life-cycle-child.js', import.meta.url))
const STAGES: readonly Stage[] = [
  'loaded',
  'session',
  'attached',
  'mounted',
  'initialized',
  'serving',
  'handling',
  'unmounted',
  'closed',
]
const ENDINGS: readonly Ending[] = ['exit', 'terminate', 'worker-exit', 'worker-throw', 'none']
const DEADLINE_MS = 100_000

interface Outcome {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
}

function whyNoMounts(): string | false {
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK)
  } catch {
    return '/dev/fuse cannot be opened'
  }
  return process.getuid?.() === 0 ? false : 'mounting here needs root'
}

async function run(stage: Stage, ending: Ending, mountpoint: string): Promise<Outcome> {
  const child = spawn(process.execPath, [CHILD, stage, ending, mountpoint], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  // With 'exit' the client may hold the process's output open for longer than the process lives.
  const end = await once(child, ending === 'exit' ? 'exit' : 'close')
  const [code, signal] = end as [number | null, NodeJS.Signals | null]
  return { code, signal, output }
}

function isMounted(mountpoint: string): boolean {
  return readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${mountpoint} `)
}

const noMounts = whyNoMounts()

t.setTimeout(2 * DEADLINE_MS * ENDINGS.length * STAGES.length)

for (const stage of STAGES) {
  const needsMount = STAGES.indexOf(stage) >= STAGES.indexOf('mounted')
  const skip = needsMount && noMounts !== false && process.env['CI'] !== 'true' ? noMounts : false
  t.test(`at stage ${stage}`, { skip, timeout: DEADLINE_MS * ENDINGS.length }, async (t) => {
    for (const ending of ENDINGS) {
      const mountpoint = mkdtempSync(join(tmpdir(), 'fuseloop-life-'))
      t.teardown(() => {
        spawnSync('umount', ['-l', mountpoint], { timeout: 5000, stdio: 'ignore' })
        rmSync(mountpoint, { recursive: true, force: true })
      })
      await check(t, stage, ending, mountpoint)
      if (ending !== 'exit') t.notOk(isMounted(mountpoint), `${ending}: nothing is left mounted`)
    }
  })
  if (!needsMount) continue
  t.test(`at stage ${stage} of a queue`, { timeout: DEADLINE_MS * ENDINGS.length }, async (t) => {
    for (const ending of ENDINGS) await check(t, stage, ending, '')
  })
}

async function check(t: Test, stage: Stage, ending: Ending, mountpoint: string): Promise<void> {
  const { code, signal, output } = await run(stage, ending, mountpoint)
  t.equal(signal, null, `${ending}: no crash and no hang (${output})`)
  t.equal(code, 0, `${ending}: the process ends with code 0 (${output})`)
  if (stage === 'handling' && ending !== 'exit')
    t.match(output, /Input\/output error/, `${ending}: the client gets EIO`)
}
