// Descriptors that workers take, against what the process may open. Each keeps five (epoll, an eventfd and two pipes of
// libuv, its bell); while one loads its modules Node opens some 20 more.

import { readdirSync, readFileSync } from 'node:fs'
import { FuseError } from '@fuseloop/core/session'

const PER_WORKER = 5
/** The device, the threads of a session and what mounting opens for a moment. */
const PER_SESSION = 8
const LOADING = 24

/** What `ulimit -n` allows; Infinity where nothing tells. */
function descriptorLimit(): number {
  try {
    const line = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))
    return line === null ? Number.POSITIVE_INFINITY : Number(line[1])
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

/** Then workers are started one by one. */
export function descriptorsAreScarce(workers: number, limit: number = descriptorLimit()): boolean {
  return limit < 64 + workers * (PER_WORKER + LOADING)
}

/** @throws FuseError ERR_FUSE_USAGE when the process may not open what so many workers need */
export function checkDescriptors(
  workers: number,
  limit: number = descriptorLimit(),
  open: number = openDescriptors(),
): void {
  const need = open + PER_SESSION + workers * PER_WORKER
  if (need <= limit) return
  throw new FuseError(
    'ERR_FUSE_USAGE',
    `${workers} worker(s) need ${need} file descriptors, and ulimit -n allows ${limit}; raise it or ask for fewer workers`,
  )
}

function openDescriptors(): number {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return 0
  }
}
