// A failed system call as node:fs would throw it.

import { calls } from './calls.js'
import type { Name } from './posix-calls.js'

/** Fields as in node's system errors: `code` is the errno's name, `errno` its negative number. */
export class PosixError extends Error implements NodeJS.ErrnoException {
  readonly code: string
  /** Negative, as node's. */
  readonly errno: number
  /** The system call's name. */
  readonly syscall: string
  /** The name that was given, as text. */
  readonly path?: string

  constructor(errno: number, syscall: string, name?: Name) {
    const code = codeOf(-errno)
    const path = name === undefined ? undefined : textOf(name)
    const place = path === undefined ? '' : ` '${path}'`
    super(`${code}: ${calls.errnoText(-errno)}, ${syscall}${place}`)
    this.code = code
    this.errno = errno
    this.syscall = syscall
    if (path !== undefined) this.path = path
  }
}

/**
 * @param result of a call of the addon
 * @throws PosixError when it is a negative errno
 */
export function check<R extends number | bigint>(result: R, syscall: string, name?: Name): R {
  if (result < 0) throw new PosixError(Number(result), syscall, name)
  return result
}

const CODES = new Map<number, string>()

function codeOf(errno: number): string {
  let code = CODES.get(errno)
  if (code === undefined) {
    code = calls.errnoName(errno)
    CODES.set(errno, code)
  }
  return code
}

function textOf(name: Name): string {
  return typeof name === 'string' ? name : Buffer.from(name).toString()
}
