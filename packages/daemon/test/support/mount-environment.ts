// What this machine allows, and the kernel's view of a mount, read without touching the mount itself.

import { spawnSync } from 'node:child_process'
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'

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

/** The number of a connection that is over is given to the next one, which may be that of another test's mount. */
export interface Connection {
  readonly folder: string
  /** Of the folder: no later one has it (fs/fuse/control.c fuse_ctl_add_dentry()). */
  readonly inode: number
}

/** The kernel's connection behind a mount: its folder is named for the minor of the device (proc(5), mountinfo). */
export function connectionOf(mountpoint: string): Connection | undefined {
  const line = mountLines(mountpoint).at(-1)
  const device = line?.split(' ')[2]
  if (device === undefined) return undefined
  mountFusectl()
  const folder = `${CONNECTIONS}/${device.split(':')[1]}`
  const found = statSync(folder, { throwIfNoEntry: false })
  return found && { folder, inode: found.ino }
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

/** Requests that the kernel waits for; undefined once the connection is gone. */
export function waitingRequests(connection: Connection): number | undefined {
  return withFile(connection, 'waiting', 'r', (file) => Number(readFileSync(file, 'utf8')))
}

/** Ends a connection by force: whoever waits for an answer gets ECONNABORTED. */
export function abortConnection(connection: Connection): void {
  withFile(connection, 'abort', 'w', (file) => writeFileSync(file, '1'))
}

/** Opened first: if the folder is the connection's then, so is the file. @returns undefined when it is gone */
function withFile<V>(
  { folder, inode }: Connection,
  name: string,
  flags: 'r' | 'w',
  use: (file: number) => V,
): V | undefined {
  let file: number | undefined
  try {
    file = openSync(`${folder}/${name}`, flags)
    return statSync(folder).ino === inode ? use(file) : undefined
  } catch {
    return undefined
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** Takes whatever is mounted at the place out of the tree, without asking the filesystem. */
export function detachMounts(mountpoint: string): void {
  for (let left = mountLines(mountpoint).length; left > 0; left -= 1) {
    spawnSync('umount', ['-l', mountpoint], { timeout: 5000, stdio: 'ignore' })
  }
}

/** The same for whatever is mounted below a folder. */
export function detachMountsBelow(folder: string): void {
  const places = mountTable().flatMap((line) => line.split(' ')[4] ?? [])
  for (const place of places.toReversed())
    if (place.startsWith(`${folder}/`))
      spawnSync('umount', ['-l', place], { timeout: 5000, stdio: 'ignore' })
}

function mountFusectl(): void {
  if (isMounted(CONNECTIONS)) return
  spawnSync('mount', ['-t', 'fusectl', 'none', CONNECTIONS], { timeout: 5000, stdio: 'ignore' })
}
