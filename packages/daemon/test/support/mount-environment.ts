// What this machine allows, and the kernel's view of a mount, read without touching the mount itself.

import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs'

const CONNECTIONS = '/sys/fs/fuse/connections'

/** The reason to skip tests that mount. Where CI has /dev/fuse there is none: what cannot mount fails. */
export function whyNoMounts(): string | false {
  if (process.env['CI'] === 'true' && existsSync('/dev/fuse')) return false
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK)
  } catch {
    return '/dev/fuse cannot be opened'
  }
  return process.getuid?.() === 0 ? false : 'mounting in tests needs root'
}

/** The kernel's number of the connection behind a mount: the minor of its device (proc(5), mountinfo). */
export function connectionOf(mountpoint: string): number | undefined {
  const line = mountLines(mountpoint).at(-1)
  const device = line?.split(' ')[2]
  return device === undefined ? undefined : Number(device.split(':')[1])
}

export function isMounted(mountpoint: string): boolean {
  return mountLines(mountpoint).length > 0
}

function mountLines(mountpoint: string): string[] {
  return mountTable().filter((line) => line.split(' ')[4] === mountpoint)
}

function mountTable(): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
}

/** The kernel gives the number of a connection that is over to the next one, which may be somebody else's. */
export function isMountedElsewhere(connection: number, mountpoint: string): boolean {
  const device = `0:${connection}`
  return mountTable().some((line) => {
    const fields = line.split(' ')
    return fields[2] === device && fields[4] !== mountpoint
  })
}

/** Requests that the kernel waits for; undefined once the connection is gone. */
export function waitingRequests(connection: number): number | undefined {
  mountFusectl()
  try {
    return Number(readFileSync(`${CONNECTIONS}/${connection}/waiting`, 'utf8'))
  } catch {
    return undefined
  }
}

/** Ends a connection by force: whoever waits for an answer gets ECONNABORTED. */
export function abortConnection(connection: number): void {
  mountFusectl()
  try {
    writeFileSync(`${CONNECTIONS}/${connection}/abort`, '1')
  } catch {
    // It is gone already.
  }
}

/** Takes whatever is mounted at the place out of the tree, without asking the filesystem. */
export function detachMounts(mountpoint: string): void {
  for (let left = mountLines(mountpoint).length; left > 0; left -= 1) {
    spawnSync('umount', ['-l', mountpoint], { timeout: 5000, stdio: 'ignore' })
  }
}

function mountFusectl(): void {
  if (isMounted(CONNECTIONS)) return
  spawnSync('mount', ['-t', 'fusectl', 'none', CONNECTIONS], { timeout: 5000, stdio: 'ignore' })
}
