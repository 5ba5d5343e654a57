// What is measured: what clients do, how many of them, and where they and the daemon are put.

import type { Contestant } from '../contestants/contestant.js'

/** What each thread of the C client does; see ../clients/actions.c. */
export interface ClientWork {
  readonly action:
    | 'fstat'
    | 'stat'
    | 'open'
    | 'read-random'
    | 'read-sequential'
    | 'write-sequential'
    | 'create'
    | 'list'
    | 'idle'
  readonly file: string
  readonly threads: number
  /** Bytes of one read or write. */
  readonly size: number
}

/**
 * `free`: the scheduler's choice, one login session, niceness 0. The others differ in one thing: `samecpu`: daemon and
 * client on one CPU; `ownsession`: the daemon in a session of its own, as real daemons are; `nice`: the daemon's
 * threads that answer requests at niceness -1.
 */
export type PlacementName = 'free' | 'samecpu' | 'ownsession' | 'nice'

export interface Workload {
  readonly name: string
  /** What one operation is, for readers. */
  readonly title: string
  /** Clients in a loop; one handler that is stuck among others; mounting; doing nothing; no mount at all. */
  readonly kind: 'clients' | 'stuck' | 'start' | 'idle' | 'endpoint'
  readonly work: ClientWork
  /** Settings of the endpoint's filesystem, where that is what is measured. */
  readonly set: Readonly<Record<string, string>>
  readonly placement: PlacementName
  /** How many times as long as others it runs before it counts: many kinds of requests are compiled late by V8. */
  readonly warmups: number
  /** One of the rows of the short run. */
  readonly isQuick: boolean
  /** Contestants that differ in the number of workers only are measured by this one. */
  readonly isScaling: boolean
  /** Filesystems that have what it uses. */
  readonly serves: readonly Contestant['serves'][]
  /** What is asked of handlers that await; `sync`: of those that do not, where numbers of workers are compared. */
  readonly handlers: 'any' | 'sync' | 'async'
}

/** Whether a contestant has a row in a workload. */
export function isMeasuredBy(workload: Workload, contestant: Contestant): boolean {
  if (!workload.serves.includes(contestant.serves)) return false
  if (contestant.name === 'native' && workload.kind !== 'clients') return false
  if (contestant.role === 'reference') return true
  if (workload.handlers === 'async' && contestant.handlers !== 'async') return false
  if (!contestant.onlyScaling) return true
  // Handlers that block or compute do the same, async or not.
  return workload.isScaling && (workload.handlers !== 'sync' || contestant.handlers === 'sync')
}
