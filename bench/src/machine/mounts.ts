// The kernel's view of a mount, read without touching the mount itself, and the ways to end it that work while
// somebody waits for an answer which never comes.

import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

const CONNECTIONS = '/sys/fs/fuse/connections'
const DEADLINE_MS = 5000

export function isMounted(mountpoint: string): boolean {
  return mountLines(mountpoint).length > 0
}

/** The kernel's number of the connection behind a mount: the minor of its device (proc(5), mountinfo). */
export function connectionOf(mountpoint: string): number | undefined {
  const device = mountLines(mountpoint).at(-1)?.split(' ')[2]
  return device === undefined ? undefined : Number(device.split(':')[1])
}

/** Requests that the kernel waits for; undefined once the connection is gone. */
export function waitingRequests(connection: number): number | undefined {
  try {
    return Number(readFileSync(`${CONNECTIONS}/${connection}/waiting`, 'utf8'))
  } catch {
    return undefined
  }
}

/** Ends a connection by force: whoever waits for an answer gets ECONNABORTED. */
export function abortConnection(connection: number): void {
  try {
    writeFileSync(`${CONNECTIONS}/${connection}/abort`, '1')
  } catch {
    // It is gone already.
  }
}

/** Takes whatever is mounted at the place out of the tree, without asking the filesystem. */
export function detachMounts(mountpoint: string): void {
  for (let left = mountLines(mountpoint).length; left > 0; left -= 1) {
    spawnSync('umount', ['-l', mountpoint], { timeout: DEADLINE_MS, stdio: 'ignore' })
  }
}

/** So that connections can be seen and aborted. */
export function mountFusectl(): void {
  if (isMounted(CONNECTIONS)) return
  spawnSync('mount', ['-t', 'fusectl', 'none', CONNECTIONS], {
    timeout: DEADLINE_MS,
    stdio: 'ignore',
  })
}

function mountLines(mountpoint: string): string[] {
  const table = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
  return table.filter((line) => line.split(' ')[4] === mountpoint)
}
