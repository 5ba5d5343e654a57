// Who is measured: each is a daemon process of its own, with one configuration for all its rows.

import type { EndpointTransport } from './endpoint-order.js'
import type { Place } from './place.js'

/** What a daemon is told besides its own configuration: the same for all contestants of a workload. */
interface Circumstances {
  /** Of the threads that answer requests; 0 is the default of a process. */
  readonly nice: number
  /** How often burnCpu() mixes in 100 us. */
  readonly burnRounds: number
}

/** How its process is started. */
export interface Command {
  readonly program: string
  readonly args: readonly string[]
  /** Has set its niceness itself, or is told how to. */
  readonly setsNice: boolean
  /** Prints what it is, as JSON in one line, once it serves. */
  readonly reports: boolean
}

/** What a contestant runs with; what only its daemon knows is added once it serves. */
export interface Configuration {
  /** Threads that answer requests. */
  readonly workers: number | null
  /** Requests that the kernel may hand to one worker before it has answered; null where that is not settled. */
  readonly entries: number | null
  /** CPUs that it may use, as taskset(1) writes them. */
  readonly cpuMask: string
  readonly flags: readonly string[]
}

export interface Contestant {
  readonly name: string
  readonly role: 'contestant' | 'reference'
  /** The trivial filesystem, a directory of the machine, or requests of an in-process device. */
  readonly serves: 'trivial' | 'directory' | 'endpoint'
  /** How handlers answer; workloads that need the one kind leave out the other. */
  readonly handlers: 'sync' | 'async'
  /** Measured only where the number of workers is the question. */
  readonly onlyScaling: boolean
  /** Left out of the short run; a scaling contestant is in it by what it shows best. */
  readonly isQuick: boolean
  readonly workers: number | null
  readonly entries: number | null
  readonly flags: readonly string[]
  /** Where there is no mount. */
  readonly endpoint?: EndpointTransport
  /**
   * @returns undefined where there is no daemon: clients use the source itself
   * @throws NotAvailable
   */
  command(place: Place, circumstances: Circumstances): Command | undefined
}
