// A WRITE of pages from the kernel's cache must be whole or fail: nobody looks at the count in its answer
// (fs/fuse/file.c fuse_writepage_end()), and pages are dropped that were not taken. So a handler that takes a part is
// given the rest, as callers of write(2) do, until it takes it or says what is wrong.

import { FsError, isPromise } from '../inode/index.js'
import { checkCount } from './results.js'

export type WritePart = (data: Buffer, position: number) => unknown

/** What `write` gives for all of `data`, at once or by a promise. */
export function writeWhole(data: Buffer, position: number, write: WritePart): unknown {
  const given = write(data, position)
  if (given === data.byteLength) return given
  return isPromise(given) || typeof given === 'number'
    ? writeRest(data, position, write, given)
    : given
}

async function writeRest(
  data: Buffer,
  position: number,
  write: WritePart,
  given: unknown,
): Promise<number> {
  let written = checkCount(await given, data.byteLength, 'write')
  while (written < data.byteLength) {
    const left = data.subarray(written)
    const count = checkCount(await write(left, position + written), left.byteLength, 'write')
    if (count === 0) throw new FsError('EIO')
    written += count
  }
  return written
}
