// A kernel with one mounted device handle, and the daemon that a case is: what the case does not take itself
// gets a default answer.

import { setTimeout as delay } from 'node:timers/promises'
import type { OpcodeName } from '@fuseloop/core/protocol'
import { defaultReply } from './default-daemon.js'
import type { Client, Device, KernelUnderTest, Outcome, Step } from './kernel-under-test.js'
import { RequestMessage } from './request-message.js'
import { type InitReply, initOut, outMessage } from './wire.js'

/** Room for a message of any case. */
export const ROOM = 65536
const DEADLINE_MS = 60_000

export class Bench {
  readonly kernel: KernelUnderTest
  /** Reads and writes unless a case names another. */
  device: Device

  constructor(kernel: KernelUnderTest) {
    this.kernel = kernel
    this.device = kernel.openDevice()
  }

  mount(options: readonly string[] = []): void {
    const result = this.kernel.mount(this.device, options)
    if (result !== 'ok') throw new Error(`mount(2): ${result}`)
  }

  async mountAndInit(reply: InitReply, options: readonly string[] = []): Promise<void> {
    this.mount(options)
    this.reply(await this.take('INIT'), initOut(reply))
  }

  /** The next message of this kind; what comes before it gets a default answer. */
  take(opcode: OpcodeName, device: Device = this.device): Promise<RequestMessage> {
    return this.#serve(`${opcode} comes`, device, (message) =>
      message?.opcode === opcode ? message : undefined,
    )
  }

  /** Answers by default until the promise settles. */
  async settle<V>(promise: Promise<V>, device: Device = this.device): Promise<V> {
    let isSettled = false
    const note = () => {
      isSettled = true
    }
    promise.then(note, note)
    return this.until('a client is done', () => isSettled, device).then(() => promise)
  }

  /** Answers by default until a condition holds. */
  async until(what: string, look: () => boolean, device: Device = this.device): Promise<void> {
    await this.#serve(what, device, () => (look() ? true : undefined))
  }

  /** Waits for a condition without reading. */
  async idleUntil(what: string, look: () => boolean): Promise<void> {
    const end = performance.now() + DEADLINE_MS
    while (!look()) await this.#tick(what, end)
  }

  start(...steps: readonly Step[]): Client {
    return this.kernel.start(steps)
  }

  /** A client that the daemon serves by default. */
  call(...steps: readonly Step[]): Promise<readonly Outcome[]> {
    return this.settle(this.start(...steps).outcomes)
  }

  /** The outcome of a client's last step. */
  async last(client: Client): Promise<Outcome> {
    return (await this.settle(client.outcomes)).at(-1) ?? 'nothing'
  }

  /** What one read gives: the name of an opcode, or of an errno. */
  next(room = ROOM, device: Device = this.device): string {
    const got = device.read(room)
    return typeof got === 'string' ? got : new RequestMessage(got).opcode
  }

  /** 'ok' where all bytes were taken. */
  write(bytes: Uint8Array, device: Device = this.device): string {
    const result = device.write(bytes)
    return result === bytes.byteLength ? 'ok' : String(result)
  }

  reply({ unique }: { unique: bigint }, body?: Uint8Array, device?: Device): string {
    return this.write(outMessage(0, unique, body), device)
  }

  fail({ unique }: { unique: bigint }, error: number, body?: Uint8Array): string {
    return this.write(outMessage(error, unique, body))
  }

  notify(code: number, body?: Uint8Array): string {
    return this.write(outMessage(code, 0n, body))
  }

  async #serve<V>(
    what: string,
    device: Device,
    look: (message?: RequestMessage) => V | undefined,
  ): Promise<V> {
    const end = performance.now() + DEADLINE_MS
    for (;;) {
      const early = look()
      if (early !== undefined) return early
      const got = device.read(ROOM)
      if (typeof got === 'string') {
        await this.#tick(`${what} (read: ${got})`, end)
        continue
      }
      const message = new RequestMessage(got)
      const wanted = look(message)
      if (wanted !== undefined) return wanted
      const reply = defaultReply(message)
      if (reply !== undefined) device.write(reply)
    }
  }

  async #tick(what: string, end: number): Promise<void> {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`)
    await delay(1)
  }
}
