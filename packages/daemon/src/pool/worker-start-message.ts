// Everything that crosses from the thread of mount() to a worker at its start, and the reports that come back.
// All of it is structured-cloneable.

import type { MessagePort } from 'node:worker_threads'
import type {
  CacheChoice,
  FilesystemDefinition,
  FlagPreferences,
  Ownership,
  RawSettings,
} from '@fuseloop/core'
import type { RingMemory } from '@fuseloop/core/ring'

export interface WorkerStartMessage {
  /** Index of the worker's seat. */
  readonly worker: number
  /** Native session id, for attachWorker. */
  readonly session: number
  /** For the log. */
  readonly mountpoint: string
  readonly memory: RingMemory
  /** URL of the filesystem's module, and how the user named it. */
  readonly module: string
  readonly moduleName: string
  readonly settings: RawSettings
  /** What relative paths in settings are resolved against. */
  readonly directory: string
  readonly cache: CacheChoice
  readonly ownership: Ownership | undefined
  /** createLatencies() of @fuseloop/core/dispatch; shared by all threads of the session. */
  readonly latencies: SharedArrayBuffer
  /** Of mount(). */
  readonly trace: boolean
  /** comlink: MainControl. */
  readonly control: MessagePort
  /** comlink: the `services` object of mount(), if there is one. */
  readonly services: MessagePort | undefined
}

/** What main must know of a definition that it never imports itself. */
export interface ReadyReport {
  /** Of the worker's seat. */
  readonly generation: number
  readonly flags: FlagPreferences
  readonly cache: CacheChoice
  readonly limits: FilesystemDefinition['limits']
  readonly locks: FilesystemDefinition['locks']
  readonly blocking: boolean
  /** Of the inode API, that its handlers have. */
  readonly methods: readonly string[]
  readonly rules: FilesystemDefinition['rules']
}

export interface FailureReport {
  readonly code: string
  readonly message: string
}

/** What main offers to each worker, by comlink. */
export interface MainControl {
  ready(report: ReadyReport): void
  failed(report: FailureReport): void
}
