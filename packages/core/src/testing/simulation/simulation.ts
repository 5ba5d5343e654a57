// A session served in memory by several workers, with clients and faults, under one scheduler. The run is over
// when nothing can happen any more; then the daemon's contract is verified.

import type { WorkerIndex } from '../../base/ids.js'
import type { InodeHandlers, Text } from '../../inode/index.js'
import { MemorySession } from '../memory-session.js'
import type { ServeOptions } from '../serve-options.js'
import type { SentRequest } from '../virtual-kernel/index.js'
import type { Choices } from './choices.js'
import { Scheduler } from './scheduler.js'

type Handlers = InodeHandlers<Text, number | object>

/** What befalls a request on its way, beside an answer. */
export type Fault = 'interrupt' | 'kill' | 'drop' | 'resend'

/** How a simulation runs. */
export interface SimulationOptions extends Omit<ServeOptions, 'schedule' | 'workers'> {
  readonly choices: Choices
  /** The handlers of a worker; they may wait by `simulation.pause()`. */
  readonly handlers: (worker: WorkerIndex, simulation: Simulation) => Handlers
  /** 2 if absent. */
  readonly workers?: number
  /** Runs beside the others until it resolves; rejections fail the run. */
  readonly clients: readonly ((simulation: Simulation) => Promise<void>)[]
  /** What may befall requests; nothing if absent. */
  readonly faults?: readonly Fault[]
  /** One request in so many meets a fault; 8 if absent. */
  readonly faultRarity?: number
}

const NOTIFY_RESEND = 7

/** A session whose every next step is chosen; the same choices give the same run. */
export class Simulation {
  readonly session: MemorySession
  readonly #scheduler: Scheduler
  readonly #options: SimulationOptions

  constructor(options: SimulationOptions) {
    const { workers = 2, handlers, choices, ...served } = options
    this.#options = options
    this.#scheduler = new Scheduler(choices)
    const all = Array.from({ length: workers }, (_, worker) => handlers(worker, this))
    this.session = new MemorySession(all, {
      ...served,
      schedule: (task, label) => this.#scheduler.add(task, label),
    })
  }

  /** Lets anything else happen first. */
  pause(label = 'handler'): Promise<void> {
    return this.#scheduler.pause(label)
  }

  choose(count: number): number {
    return this.#scheduler.choose(count)
  }

  /** What happened: the scheduler's picks, and the connection's events. */
  get history(): readonly string[] {
    return this.#scheduler.history
  }

  /** Sends a request, which may meet a fault, and resolves with its reply. */
  async send(message: Uint8Array): ReturnType<MemorySession['send']> {
    const sent = this.session.requestSend(message)
    const { faults = [], faultRarity = 8 } = this.#options
    if (faults.length > 0 && this.choose(faultRarity) === faultRarity - 1) {
      const fault = faults[this.choose(faults.length)] as Fault
      this.#scheduler.add(() => this.#strike(fault, sent), `${fault} ${sent.token}`)
    }
    return await sent.reply
  }

  /**
   * Runs to the end.
   * @throws ContractError, or what a client threw
   */
  async run(): Promise<void> {
    const clients = Promise.allSettled(this.#options.clients.map((client) => client(this)))
    await this.#scheduler.run()
    const { kernel } = this.session
    kernel.verify()
    if (kernel.waiting > 0)
      throw new Error(`${kernel.waiting} requests wait and nothing can happen any more`)
    for (const outcome of await clients) if (outcome.status === 'rejected') throw outcome.reason
    const closed = this.session.close()
    closed.catch(() => undefined)
    await this.#scheduler.run()
    await closed
  }

  #strike(fault: Fault, sent: SentRequest): void {
    const { kernel } = this.session
    if (fault === 'interrupt') kernel.signal(sent)
    else if (fault === 'kill') kernel.kill(sent)
    else if (fault === 'drop') kernel.connection.drop(sent.token)
    else this.#resend()
  }

  /** As a daemon that takes over from one that died asks for it. */
  #resend(): void {
    const header = Buffer.alloc(16)
    header.writeUInt32LE(16, 0)
    header.writeUInt32LE(NOTIFY_RESEND, 4)
    this.session.kernel.device.writev([header])
  }
}
