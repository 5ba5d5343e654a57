// What is said of a session in memory: the settings of a mount, and what its kernel offers.

import type { RawSettings } from '../definition/index.js'
import type {
  CacheChoice,
  FlagPreferences,
  LockChoice,
  Ownership,
  RequestRules,
  SessionLimits,
} from '../session/index.js'
import type { MemoryKernelOptions } from './virtual-kernel/memory-kernel.js'

/** How a filesystem is served in memory. */
export interface ServeOptions extends RequestRules {
  /** Requests in flight, 1 to 256; 16 if absent. */
  readonly slotCount?: number
  /** Bytes, a multiple of 4096; 65536 if absent. */
  readonly maxWrite?: number
  /** Goes over what a definition says; see `maxWrite` for that one. */
  readonly limits?: Omit<SessionLimits, 'maxWrite'>
  /** Of bare handlers; a definition says it itself. */
  readonly encoding?: 'utf8' | 'buffer'
  /** Goes over what a definition says. */
  readonly cache?: CacheChoice
  /** The same of locks. */
  readonly locks?: LockChoice | undefined
  /** Shown in place of the filesystem's. */
  readonly ownership?: Ownership
  /** INIT flags of bare handlers; a definition says them itself. */
  readonly flags?: FlagPreferences
  /** For the options of a definition. */
  readonly set?: RawSettings
  readonly services?: unknown
  /** What the kernel offers. */
  readonly kernel?: MemoryKernelOptions
  /** Soft limit of nodes that the daemon keeps, from 1; no limit if absent. As of mount(). */
  readonly maxNodes?: number
  /** Seats that share the session, all on this thread, each with handlers of its own; 1 if absent. */
  readonly workers?: number
  /** Gets a line for each request that is answered (tracedTransport). */
  readonly trace?: (line: string) => void
  /** Brings about what a worker's event loop would: runs each task once, later. setImmediate if absent. */
  readonly schedule?: (task: () => void, label: string) => void
}
