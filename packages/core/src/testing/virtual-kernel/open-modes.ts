// Which opens of a regular file go together (fs/fuse/iomode.c fuse_file_io_open(), fuse_file_passthrough_open()).

import { OpenReplyFlag } from '../../protocol/index.js'
import type { Backing } from './backing-registry.js'

/** An open as the daemon answered it. */
export interface OpenMode {
  /** OpenReplyFlag. */
  readonly openFlags: number
  /** What its backing id stands for; undefined where it names none. */
  readonly backing: Backing | undefined
}

const { DIRECT_IO, NOFLUSH, PARALLEL_DIRECT_WRITES, PASSTHROUGH } = OpenReplyFlag
const COMPANIONS = PASSTHROUGH | DIRECT_IO | NOFLUSH | PARALLEL_DIRECT_WRITES

/**
 * Whether the kernel lets a client have the open; else it is EIO, and RELEASE follows.
 * @param others of the same node that are open
 */
export function isOpenTaken(open: OpenMode, others: readonly OpenMode[]): boolean {
  const passed = others.filter(isPassedThrough)
  if (!isPassedThrough(open)) return passed.length === 0
  if ((open.openFlags & ~COMPANIONS) !== 0 || open.backing === undefined) return false
  if (others.some((other) => !isPassedThrough(other) && (other.openFlags & DIRECT_IO) === 0))
    return false
  return passed.every((other) => other.backing === open.backing)
}

/** Where reads and writes go by; undefined where they come to the daemon. */
export function passesBy({ openFlags, backing }: OpenMode): Backing | undefined {
  return (openFlags & (PASSTHROUGH | DIRECT_IO)) === PASSTHROUGH ? backing : undefined
}

function isPassedThrough({ openFlags }: OpenMode): boolean {
  return (openFlags & PASSTHROUGH) !== 0
}
