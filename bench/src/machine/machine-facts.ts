// What a reader must know of the machine to make sense of figures.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { whyNoUring } from './uring-switch.js'

export interface MachineFacts {
  readonly date: string
  readonly kernel: string
  readonly node: string
  readonly cpu: string
  /** CPUs that this process may use. */
  readonly cpus: number
  /** As taskset(1) writes it: `0-3,6`. */
  readonly cpuMask: string
  readonly memoryMiB: number
  /** Of the last minute, before the suite began. */
  readonly load: number
  readonly virtualization: string
  /** Type of the filesystem that directories under measurement are on. */
  readonly directoryType: string
  /** libfuse as pkg-config finds it. */
  readonly libfuse: string
  readonly uring: boolean
  /** With 1, a process in a session of its own is scheduled as a group of its own (sched(7)). */
  readonly autogroup: boolean
}

export function machineFacts(directory: string): MachineFacts {
  return {
    date: new Date().toISOString(),
    kernel: `Linux ${release()}`,
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cpus: allowedCpus().length,
    cpuMask: cpuMask(),
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    load: loadavg()[0] ?? 0,
    virtualization: output('systemd-detect-virt', []) || isHypervisor(),
    directoryType: output('df', ['--output=fstype', directory]).split('\n').at(-1) || 'unknown',
    libfuse: output('pkg-config', ['--modversion', 'fuse3']) || 'none',
    uring: whyNoUring() === undefined,
    autogroup: readText('/proc/sys/kernel/sched_autogroup_enabled') === '1',
  }
}

/** CPUs that this process may use, by number. */
export function allowedCpus(): number[] {
  return cpuMask()
    .split(',')
    .flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number)
      return Array.from({ length: last - first + 1 }, (_, index) => first + index)
    })
}

function cpuMask(): string {
  return /^Cpus_allowed_list:\s*(\S+)$/m.exec(readText('/proc/self/status'))?.[1] ?? '0'
}

function isHypervisor(): string {
  return /^flags.*\bhypervisor\b/m.test(readText('/proc/cpuinfo')) ? 'virtual machine' : 'none'
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}

function output(program: string, args: readonly string[]): string {
  return spawnSync(program, args, { encoding: 'utf8', timeout: 5000 }).stdout?.trim() ?? ''
}
