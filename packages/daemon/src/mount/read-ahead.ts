// Read-ahead beyond what the kernel offers in INIT: INIT can only lower it (fs/fuse/inode.c process_init_reply()),
// the mount's backing device info can be set to anything, by root.

import { readFile, writeFile } from 'node:fs/promises'

/** @returns why it stays as it is; undefined when it was raised */
export async function raiseReadAhead(
  mountpoint: string,
  bytes: number,
): Promise<string | undefined> {
  try {
    const device = deviceOf(await readFile('/proc/self/mountinfo', 'utf8'), mountpoint)
    if (device === undefined) return 'the mount is not to be found'
    await writeFile(`/sys/class/bdi/${device}/read_ahead_kb`, String(Math.ceil(bytes / 1024)))
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** major:minor of what is mounted last at a path; from proc(5) mountinfo, which asks nobody who serves a mount. */
export function deviceOf(mountinfo: string, mountpoint: string): string | undefined {
  let device: string | undefined
  for (const line of mountinfo.split('\n')) {
    const [, , number, , path] = line.split(' ')
    if (path !== undefined && unescaped(path) === mountpoint) device = number
  }
  return device
}

/** Blanks, newlines and backslashes are octal there. */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_all, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  )
}
