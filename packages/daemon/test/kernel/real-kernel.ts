// The kernel of this machine: /dev/fuse, non-blocking, and a mount that this process never touches itself.

import { spawnSync } from 'node:child_process'
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs'
import {
  abortConnection,
  type Connection,
  connectionOf,
  detachMounts,
  waitingRequests,
} from '../support/mount-environment.js'
import type { Client, Device, KernelUnderTest, Step } from './kernel-under-test.js'
import { KERNEL_TOOL, PYTHON, type RealClients } from './real-clients.js'

const TOOL_DEADLINE_MS = 60_000
const MOUNT_OPTIONS = ['fd=3', 'rootmode=40000', 'user_id=0', 'group_id=0']

/** Runs a command of kernel-tool.py with these descriptors as 3, 4, ... */
function runTool(command: readonly string[], ...descriptors: readonly number[]): unknown {
  const { stdout, stderr, error } = spawnSync(PYTHON, ['-I', '-S', KERNEL_TOOL, ...command], {
    stdio: ['ignore', 'pipe', 'pipe', ...descriptors],
    encoding: 'utf8',
    timeout: TOOL_DEADLINE_MS,
  })
  if (error !== undefined) throw error
  if (stdout === '') throw new Error(`kernel-tool.py ${command.join(' ')}: ${stderr}`)
  return JSON.parse(stdout)
}

function nameOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  if (code === undefined) throw error
  return code
}

class RealDevice implements Device {
  readonly fd: number = openSync('/dev/fuse', constants.O_RDWR | constants.O_NONBLOCK)
  #isClosed = false

  read(room: number): Uint8Array | string {
    const buffer = Buffer.alloc(room)
    try {
      return buffer.subarray(0, readSync(this.fd, buffer))
    } catch (error) {
      return nameOf(error)
    }
  }

  write(bytes: Uint8Array): number | string {
    try {
      return writeSync(this.fd, bytes)
    } catch (error) {
      return nameOf(error)
    }
  }

  poll(): readonly string[] {
    const flags = runTool(['poll'], this.fd)
    return Array.isArray(flags) ? flags : []
  }

  clone(source: Device): string {
    return runTool(['clone'], this.fd, (source as RealDevice).fd) as string
  }

  ioctl(request: number): string {
    return runTool(['ioctl', String(request)], this.fd) as string
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    closeSync(this.fd)
  }
}

export class RealKernel implements KernelUnderTest {
  readonly #mountpoint: string
  readonly #clients: RealClients
  readonly #devices: RealDevice[] = []
  #connection: Connection | undefined

  /** @param clients of this mountpoint; they outlive the mount */
  constructor(mountpoint: string, clients: RealClients) {
    this.#mountpoint = mountpoint
    this.#clients = clients
  }

  openDevice(): Device {
    const device = new RealDevice()
    this.#devices.push(device)
    return device
  }

  mount(device: Device, options: readonly string[] = []): string {
    const all = [...MOUNT_OPTIONS, ...options].join(',')
    const result = runTool(['mount', this.#mountpoint, all], (device as RealDevice).fd)
    this.#connection = connectionOf(this.#mountpoint)
    return result as string
  }

  start(steps: readonly Step[]): Client {
    return this.#clients.start(steps)
  }

  get waiting(): number {
    return this.#connection === undefined ? 0 : (waitingRequests(this.#connection) ?? 0)
  }

  abort(): void {
    const connection = this.#connection
    if (connection !== undefined) abortConnection(connection)
  }

  unmount(): string {
    return runTool(['unmount', this.#mountpoint]) as string
  }

  async destroy(): Promise<void> {
    this.abort()
    for (const device of this.#devices) device.close()
    await this.#clients.endAll()
    detachMounts(this.#mountpoint)
  }
}
