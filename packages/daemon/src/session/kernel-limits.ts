// What this machine's kernel allows, from sysctl.

import { readFileSync } from 'node:fs'
import { DEFAULT_PAGES_LIMIT } from '@fuseloop/core/session'

const SYSCTL = '/proc/sys/fs/fuse/max_pages_limit'

/** Pages that one request may have; fixed at 256 before Linux 6.13. */
export function maxPagesLimit(): number {
  try {
    return Number(readFileSync(SYSCTL, 'utf8'))
  } catch {
    return DEFAULT_PAGES_LIMIT
  }
}
