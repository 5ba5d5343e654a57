// The kernel's own request timeout: from Linux 6.15 on it ends a whole connection when one request takes longer
// (fs/fuse/inode.c init_server_timeout()). What we answer in a handler's place comes before.

import { readFileSync } from 'node:fs'

const SYSCTLS = '/proc/sys/fs/fuse'
/** The kernel looks every 15 s, and takes nothing shorter (FUSE_TIMEOUT_TIMER_FREQ). */
const SHORTEST_S = 15
/** Of the kernel's time, which runs from before the request is read. */
const SHARE = 0.75

/**
 * The longest deadline that keeps the connection, in ms; undefined where the kernel waits for ever.
 * @param asked request_timeout of INIT in s, 0 for none; it takes the place of the kernel's default
 */
export function longestDeadline(
  asked = 0,
  sysctl: (name: string) => number = readSysctl,
): number | undefined {
  const most = sysctl('max_request_timeout')
  const wanted = asked || sysctl('default_request_timeout')
  const capped = most > 0 && (wanted === 0 || wanted > most) ? most : wanted
  return capped === 0 ? undefined : Math.max(SHORTEST_S, capped) * 1000 * SHARE
}

/** 0, which means none, where the kernel has no such sysctl. */
function readSysctl(name: string): number {
  try {
    return Number(readFileSync(`${SYSCTLS}/${name}`, 'utf8'))
  } catch {
    return 0
  }
}
