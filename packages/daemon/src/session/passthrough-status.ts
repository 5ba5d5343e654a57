// What `session.status()` tells of passthrough: opens with a `backingFd`, and what became of them.

import { codeFromErrno } from '@fuseloop/core/protocol'
import type { BackingCounts, SessionParameters } from '@fuseloop/core/session'

/** Why opens with a backing file are served by the handlers all the same, and how often. */
export interface PassthroughRefusals {
  /** The kernel would not have the file: see `reason`. */
  readonly byKernel: number
  /** The file was open in the ordinary way, which does not mix with passthrough. */
  readonly openOtherwise: number
  /** The node had another backing file at the time. */
  readonly otherFile: number
}

/** Passthrough on a mount. */
export interface PassthroughStatus {
  /** Whether INIT has settled it; `reason` tells why not. */
  readonly granted: boolean
  /** Files that are registered with the kernel now. */
  readonly active: number
  /** Opens so far whose reads and writes pass the daemon by. */
  readonly opens: number
  readonly refused: PassthroughRefusals
  /** Why it was not granted, or what the kernel said last when it would not have a file. */
  readonly reason: string | undefined
}

/** What the errnos of FUSE_DEV_IOC_BACKING_OPEN mean (fs/fuse/backing.c fuse_backing_open()). */
const MEANINGS: Readonly<Record<string, string>> = {
  EPERM: 'the daemon has no CAP_SYS_ADMIN in the initial user namespace',
  ELOOP: 'the file is on a stacked filesystem (limits.maxStackDepth)',
  EISDIR: 'the file is a directory',
  EINVAL: 'the file is not a regular one',
  EBADF: 'the descriptor is not open',
  ENOTTY: 'this kernel has no passthrough',
  EOPNOTSUPP: 'this kernel is built without passthrough',
}

export function passthroughStatus(
  { granted, reasons }: SessionParameters,
  { active, opens, errno, ...refused }: BackingCounts,
): PassthroughStatus {
  const isGranted = granted.includes('PASSTHROUGH')
  const reason = isGranted ? describeRefusal(errno) : reasons.PASSTHROUGH
  return { granted: isGranted, active, opens, refused, reason }
}

function describeRefusal(errno: number): string | undefined {
  if (errno === 0) return undefined
  const code = codeFromErrno(-errno) ?? `errno ${-errno}`
  const meaning = MEANINGS[code]
  return meaning === undefined ? code : `${code}: ${meaning}`
}
