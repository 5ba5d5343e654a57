// Duties under WRITEBACK_CACHE: the page cache reads what is around a write, by any handle of the file, and
// has put appended data in place already (libfuse example/passthrough_ll.c lo_open()).

import { constants } from 'node:fs'

const { O_APPEND, O_RDWR, O_WRONLY } = constants
const O_ACCMODE = 3

/** A client's O_* as a handler must open the file: readable where it is writable, and never appending. */
export function writebackOpenFlags(flags: number): number {
  const isWriteOnly = (flags & O_ACCMODE) === O_WRONLY
  return (isWriteOnly ? (flags & ~O_ACCMODE) | O_RDWR : flags) & ~O_APPEND
}
