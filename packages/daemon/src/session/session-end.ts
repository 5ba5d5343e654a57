// How a mount has ended, and what may be lost by it.

import { codeFromErrno } from '@fuseloop/core/protocol'
import type { NativeLostFile } from '@fuseloop/native'

/** A file with data that clients believe to be written, and that the filesystem may not have stored. */
export interface LostFile {
  /** Below the mountpoint, without a slash in front; undefined when no name leads to it any more. */
  readonly path: string | undefined
  /** POSIX code of what failed: writing back its pages, `flush`, `fsync` or `release`. ETIMEDOUT: not done in time. */
  readonly code: string
}

/** Why a mount is over. */
export interface SessionEnd {
  /**
   * `unmounted`: by us or by umount(8); `aborted`: its connection was ended by force; `workers`: more of them died
   * than `maxRestarts` allows, or none serves and none starts any more.
   */
  readonly reason: 'unmounted' | 'aborted' | 'workers'
  /** One line: of `workers`, what the last one died of, or why it does not start. */
  readonly message?: string
  /** Empty when nothing is lost. What a client's own fsync(2) or close(2) has confirmed is never among it. */
  readonly lost: readonly LostFile[]
}

/**
 * The process's exit code after a mount of which data may be lost, whoever mounted: EX_IOERR of sysexits(3), which is
 * none of fuse_main()'s, nor of Node's own.
 */
export const EXIT_CODE_LOST = 74

export function lostFile({ path, errno }: NativeLostFile): LostFile {
  return { path: path?.toString(), code: codeFromErrno(-errno) ?? `errno ${-errno}` }
}

/** One line for the log. */
export function describeLost({ path, code }: LostFile): string {
  const what = path === undefined ? 'a removed file' : `/${path}`
  const why = code === 'ETIMEDOUT' ? 'it was not stored in time' : code
  return `data of ${what} may be lost: ${why}`
}
