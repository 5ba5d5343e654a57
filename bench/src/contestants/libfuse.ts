// The trivial filesystem in C on libfuse (../reference), and libfuse's own loopback.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { compileFiles, compileFolder, sourceFolder } from '../machine/compile.js'
import { whyNoUring } from '../machine/uring-switch.js'
import type { Contestant } from './contestant.js'
import { NotAvailable } from './not-available.js'

/** Where Debian's libfuse3-dev has its examples. */
const PASSTHROUGH_SOURCE = '/usr/share/doc/libfuse3-dev/examples/passthrough_ll.c'
/** As many as the most clients that any workload has, so that none waits for a thread. */
const THREADS = 64
const QUEUE_DEPTH = 8
/** From this minor of libfuse 3 on it serves by io_uring, where it was built with it. */
const URING_MINOR = 18

interface Loop {
  readonly name: string
  readonly loop: 'st' | 'mt' | 'mt-clone'
  readonly workers: number | null
  readonly entries: number | null
  readonly options: readonly string[]
}

const LOOPS: readonly Loop[] = [
  { name: 'libfuse-mt', loop: 'mt', workers: THREADS, entries: 1, options: [] },
  { name: 'libfuse-mt-clone', loop: 'mt-clone', workers: THREADS, entries: 1, options: [] },
  { name: 'libfuse-st', loop: 'st', workers: 1, entries: 1, options: [] },
  {
    name: 'libfuse-uring',
    loop: 'mt',
    // One thread for each possible CPU.
    workers: null,
    entries: QUEUE_DEPTH,
    options: ['io_uring', `io_uring_q_depth=${QUEUE_DEPTH}`],
  },
]

/** @param mountpoint of a filesystem that is never mounted twice at once */
export function libfuseReferences(): Contestant[] {
  let program: string | undefined
  const compiled = (): string => {
    program ??= compileFolder(sourceFolder('reference'), 'reference', ['fuse3'])
    return program
  }
  return LOOPS.map((loop) => libfuse(loop, compiled))
}

function libfuse({ name, loop, workers, entries, options }: Loop, compiled: () => string) {
  return {
    name,
    role: 'reference',
    serves: 'trivial',
    handlers: 'sync',
    onlyScaling: false,
    isQuick: loop === 'mt',
    workers,
    entries,
    flags: [`loop=${loop}`, `libfuse=${libfuseVersion()}`, ...options],
    command: ({ mountpoint }, { burnRounds }) => {
      if (options.includes('io_uring')) checkUring()
      return {
        program: compiled(),
        args: [
          ...[loop, String(THREADS), String(burnRounds), mountpoint],
          ...(options.length > 0 ? ['-o', options.join(',')] : []),
        ],
        setsNice: false,
        reports: false,
      }
    },
  } satisfies Contestant as Contestant
}

export function passthroughLl(): Contestant {
  let program: string | undefined
  return {
    name: 'passthrough-ll',
    role: 'reference',
    serves: 'directory',
    handlers: 'sync',
    onlyScaling: false,
    isQuick: true,
    workers: null,
    entries: 1,
    flags: ['cache=never', `libfuse=${libfuseVersion()}`],
    command: ({ mountpoint, source }) => {
      if (!existsSync(PASSTHROUGH_SOURCE))
        throw new NotAvailable(`${PASSTHROUGH_SOURCE} is missing (libfuse3-dev)`)
      program ??= compileFiles(
        [PASSTHROUGH_SOURCE],
        'passthrough_ll',
        ['fuse3'],
        [dirname(PASSTHROUGH_SOURCE)],
      )
      return {
        program,
        args: ['-f', '-o', `source=${source},cache=never`, mountpoint],
        setsNice: false,
        reports: false,
      }
    },
  }
}

function checkUring(): void {
  const version = libfuseVersion()
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major < 3 || (major === 3 && minor < URING_MINOR))
    throw new NotAvailable(
      `libfuse ${version} has no io_uring: 3.${URING_MINOR} by PKG_CONFIG_PATH would`,
    )
  const why = whyNoUring()
  if (why !== undefined) throw new NotAvailable(why)
}

function libfuseVersion(): string {
  const { stdout } = spawnSync('pkg-config', ['--modversion', 'fuse3'], { encoding: 'utf8' })
  return stdout?.trim() || 'none'
}
