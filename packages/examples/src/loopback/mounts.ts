// Something open on each mount that files were found on: open_by_handle_at(2) asks for it. Another worker may have
// found the file, so a mount is looked up by its id.

import { constants, readFileSync } from 'node:fs'
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  close,
  fstatx,
  name_to_handle_at,
  O_PATH,
  openat,
} from '@fuseloop/native/posix'

const { O_NONBLOCK, O_RDONLY, S_IFDIR, S_IFMT, S_IFREG } = constants

export class Mounts {
  readonly #open = new Map<number, number | undefined>()

  /** A descriptor on the mount; undefined if there is none to be had. */
  descriptor(mountId: number): number | undefined {
    if (!this.#open.has(mountId)) this.#open.set(mountId, openMount(mountId))
    return this.#open.get(mountId)
  }

  add(mountId: number, fd: number): void {
    this.#open.set(mountId, fd)
  }

  close(): void {
    for (const fd of this.#open.values()) if (fd !== undefined) close(fd)
    this.#open.clear()
  }
}

function openMount(mountId: number): number | undefined {
  const point = mountPoint(mountId)
  if (point === undefined) return undefined
  try {
    const named = openat(AT_FDCWD, point, O_PATH)
    try {
      // Mounted upon since, or a device: opening that would do more than open it.
      const type = fstatx(named).mode & S_IFMT
      const isHere = name_to_handle_at(named, '', AT_EMPTY_PATH).mountId === mountId
      if (!isHere || (type !== S_IFDIR && type !== S_IFREG)) return undefined
      return openat(AT_FDCWD, `/proc/self/fd/${named}`, O_RDONLY | O_NONBLOCK)
    } finally {
      close(named)
    }
  } catch {
    return undefined
  }
}

/** Fields of proc_pid_mountinfo(5): id, parent, device, root, mount point. */
function mountPoint(mountId: number): Buffer | undefined {
  const line = readFileSync('/proc/self/mountinfo', 'latin1')
    .split('\n')
    .find((text) => text.startsWith(`${mountId} `))
  const point = line?.split(' ')[4]
  if (point === undefined) return undefined
  const text = point.replace(/\\(\d{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  )
  return Buffer.from(text, 'latin1')
}
