// How a handler says no: by throwing an error whose `code` is a POSIX name. What reaches the client is decided here.

import { Errno, type ErrnoCode, errnoFromCode } from '../protocol/index.js'
import { FuseError } from '../session/index.js'

/**
 * An error with a POSIX code, for filesystems that have no error of node:fs at hand. The client gets the code's
 * errno; message and cause are for whoever catches it before.
 */
export class FsError extends Error {
  /** POSIX name, such as 'ENOENT'. A thrown ENOSYS is EIO for the client: only an absent method may say it. */
  readonly code: ErrnoCode

  /**
   * @param message the code if absent
   * @throws FuseError ERR_FUSE_USAGE for a code that Linux does not have
   */
  constructor(code: ErrnoCode, message: string = code, options?: ErrorOptions) {
    if (typeof code !== 'string' || errnoFromCode(code) === undefined)
      throw new FuseError('ERR_FUSE_USAGE', `FsError: ${String(code)} is no error code of Linux`)
    super(message, options)
    this.name = 'FsError'
    this.code = code
  }
}

/** The positive errno that stands for a thrown value, and whether the value was a proper filesystem error. */
export interface ErrorAnswer {
  /** From 1 to 133, for the reply. */
  readonly errno: number
  readonly expected: boolean
}

/**
 * A POSIX `code` is its errno. Anything else is EIO, and so is ENOSYS: the kernel would never send that
 * operation again on this mount, which only the absence of a method may say.
 */
export function answerForError(error: unknown): ErrorAnswer {
  const code = codeOf(error)
  const errno = typeof code === 'string' ? errnoFromCode(code) : undefined
  if (errno === undefined || errno === Errno.ENOSYS) return { errno: Errno.EIO, expected: false }
  return { errno, expected: true }
}

function codeOf(error: unknown): unknown {
  try {
    return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  } catch {
    // A getter or proxy that throws itself.
    return undefined
  }
}
