// Opens a path of any length below a directory, following no symbolic link: names are the kernel's, and a link
// put in their place must not lead out of the source.

import { constants } from 'node:fs'
import {
  close,
  O_PATH,
  openat,
  openat2,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
} from '@fuseloop/native/posix'
import { hasCode } from './identity.js'

const { O_NOFOLLOW } = constants
const SLASH = 0x2f
/** Less than PATH_MAX, which a system call takes at most; a name has up to 255 bytes. */
const LONGEST = 3800

let knowsOpenat2 = true

/** @returns an O_PATH descriptor, which may be of a symbolic link */
export function walk(root: number, path: Buffer): number {
  let fd = root
  let start = 0
  while (start < path.length) {
    const end = pieceEnd(path, start, knowsOpenat2 ? LONGEST : 1)
    let next: number
    try {
      next = step(fd, path.subarray(start, end))
    } catch (error) {
      if (hasCode(error, 'ENOSYS') && knowsOpenat2) {
        knowsOpenat2 = false
        continue
      }
      if (fd !== root) close(fd)
      throw error
    }
    if (fd !== root) close(fd)
    fd = next
    start = end + 1
  }
  return fd
}

function step(directory: number, path: Buffer): number {
  const flags = O_PATH | O_NOFOLLOW
  // One name at a time needs no promise of the kernel: O_NOFOLLOW is about the last one.
  if (!knowsOpenat2) return openat(directory, path, flags)
  return openat2(directory, path, flags, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS)
}

/** The last slash within `most` bytes of `start`, or the first one after. */
function pieceEnd(path: Buffer, start: number, most: number): number {
  if (path.length - start <= most) return path.length
  const last = path.lastIndexOf(SLASH, start + most)
  if (last > start) return last
  const first = path.indexOf(SLASH, start)
  return first < 0 ? path.length : first
}
