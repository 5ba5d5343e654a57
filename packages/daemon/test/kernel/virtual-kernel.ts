// The virtual kernel of @fuseloop/core/testing as the cases see a kernel.

import { getSystemErrorName } from 'node:util'
import {
  type DeviceHandle,
  FuseConnection,
  IOCTL_CLONE,
  VirtualKernel as Kernel,
  offeredFlags,
  type Reply,
  RequestBuilder,
  type SentRequest,
} from '@fuseloop/core/testing'
import type { Client, Device, KernelUnderTest, Outcome, Step } from './kernel-under-test.js'
import { CallError, type CallPort, VirtualCalls } from './virtual-calls.js'

const MINOR = 45
/** Tokens count from 1, and nothing comes before INIT. */
const INIT_TOKEN = 1

function outcomeOf(result: number): number | string {
  return result < 0 ? getSystemErrorName(result) : result
}

class VirtualDevice implements Device {
  readonly handle: DeviceHandle

  constructor(handle: DeviceHandle) {
    this.handle = handle
  }

  read(room: number): Uint8Array | string {
    const buffer = Buffer.alloc(room)
    const result = outcomeOf(this.handle.read(buffer))
    return typeof result === 'string' ? result : buffer.subarray(0, result)
  }

  write(bytes: Uint8Array): number | string {
    return outcomeOf(this.handle.writev([bytes]))
  }

  poll(): readonly string[] {
    const { error, readable, writable } = this.handle.poll()
    const flags = { ERR: error, IN: readable, OUT: writable }
    return Object.entries(flags).flatMap(([name, isSet]) => (isSet ? [name] : []))
  }

  clone(source: Device): string {
    return this.#ioctl(IOCTL_CLONE, (source as VirtualDevice).handle)
  }

  ioctl(request: number): string {
    return this.#ioctl(request, undefined)
  }

  #ioctl(request: number, argument: unknown): string {
    const result = outcomeOf(this.handle.ioctl(request, argument))
    return result === 0 ? 'ok' : String(result)
  }

  close(): void {
    this.handle.close()
  }
}

class VirtualClient implements Client, CallPort {
  readonly request = new RequestBuilder()
  readonly outcomes: Promise<readonly Outcome[]>
  readonly #kernel: Kernel
  readonly #outcomes: Outcome[] = []
  #current: SentRequest | undefined
  #isKilled = false
  #goOn: () => void = () => undefined
  readonly #goesOn = new Promise<void>((resolve) => {
    this.#goOn = resolve
  })

  constructor(kernel: Kernel, steps: readonly Step[]) {
    this.#kernel = kernel
    this.outcomes = this.#run(steps)
  }

  get done(): number {
    return this.#outcomes.length
  }

  async signal(): Promise<void> {
    if (this.#current !== undefined) this.#kernel.signal(this.#current)
  }

  goOn(): void {
    this.#goOn()
  }

  kill(): void {
    this.#isKilled = true
    if (this.#current !== undefined) this.#kernel.kill(this.#current)
  }

  wait(): Promise<void> {
    return this.#goesOn
  }

  async ask(message: Uint8Array): Promise<Reply> {
    this.#current = this.#kernel.requestSend(message)
    const reply = await this.#current.reply
    this.#current = undefined
    if (reply.error !== 0) throw new CallError(-reply.error)
    return reply
  }

  release(message: Uint8Array): void {
    this.#kernel.requestSendNonblock(message)
  }

  async #run(steps: readonly Step[]): Promise<readonly Outcome[]> {
    const calls = new VirtualCalls(this)
    for (const step of steps) {
      const outcome = this.#isKilled ? 'killed' : await perform(calls, step)
      this.#outcomes.push(this.#isKilled ? 'killed' : outcome)
    }
    return this.#outcomes
  }
}

type Call = (...values: unknown[]) => Promise<Outcome | undefined>

async function perform(calls: VirtualCalls, [name, ...values]: Step): Promise<Outcome> {
  const call = Reflect.get(calls, name) as Call | undefined
  if (call === undefined) throw new Error(`no client of the virtual kernel knows ${name}`)
  try {
    return (await call.apply(calls, values)) ?? 'ok'
  } catch (error) {
    if (error instanceof CallError) return error.code
    throw error
  }
}

export class VirtualKernel implements KernelUnderTest {
  readonly #connection: FuseConnection
  readonly #kernel: Kernel
  readonly #devices: Device[] = []
  #waitsForInit = false

  constructor() {
    this.#connection = new FuseConnection()
    this.#kernel = new Kernel(this.#connection)
    this.#connection.onEvent = (event) => {
      if (event.kind === 'settled' && event.token === INIT_TOKEN) this.#waitsForInit = false
      this.#kernel.receive(event)
    }
    this.#connection.notificationSink = (code, body) => this.#kernel.notified(code, body)
  }

  openDevice(): Device {
    const device = new VirtualDevice(this.#connection.openDevice())
    this.#devices.push(device)
    return device
  }

  mount(device: Device, options: readonly string[] = []): string {
    const init = this.#kernel.request.init({ minor: MINOR, flags: offeredFlags(MINOR) })
    const defaultPermissions = options.includes('default_permissions')
    const { handle } = device as VirtualDevice
    const result = outcomeOf(this.#connection.mount(handle, init, { defaultPermissions }))
    if (result === 0) this.#waitsForInit = true
    return result === 0 ? 'ok' : String(result)
  }

  start(steps: readonly Step[]): Client {
    return new VirtualClient(this.#kernel, steps)
  }

  get waiting(): number {
    return this.#kernel.waiting + (this.#waitsForInit ? 1 : 0)
  }

  abort(): void {
    this.#kernel.abort()
  }

  unmount(): string {
    this.#kernel.unmount()
    return 'ok'
  }

  async destroy(): Promise<void> {
    for (const device of this.#devices) device.close()
  }
}
