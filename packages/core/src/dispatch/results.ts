// Checks of what handlers return. A wrong value is the filesystem's bug: the client gets EIO, the log the reason.

import { isHandle, type OpenResult } from '../inode/index.js'
import { FuseError } from '../session/index.js'

const MAX_IDENTITY = 64

/** The error for what a handler returned; the client gets EIO. */
export function badResult(message: string): FuseError {
  return new FuseError('ERR_FUSE_BAD_RESULT', message)
}

/** A byte count from 0 to `most`. */
export function checkCount(value: unknown, most: number, method: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most)
    return value
  throw badResult(`${method} returned ${show(value)}, expected a byte count from 0 to ${most}`)
}

/** @throws FuseError ERR_FUSE_BAD_RESULT for anything that is no object */
export function checkObject(value: unknown, method: string): object {
  if (typeof value === 'object' && value !== null) return value
  throw badResult(`${method} returned ${show(value)}, expected an object`)
}

/** 1 to 64 bytes, or nothing where the name is what tells a node from others. */
export function checkIdentity(value: unknown, method: string): Uint8Array | undefined {
  if (value === undefined) return value
  if (value instanceof Uint8Array && value.byteLength > 0 && value.byteLength <= MAX_IDENTITY)
    return value
  throw badResult(
    `${method} returned the identity ${show(value)}, expected 1 to ${MAX_IDENTITY} bytes`,
  )
}

/** What open, create and opendir may return, in one form. */
export function checkOpenResult(value: unknown, method: string): OpenResult<number | object> {
  if (value === undefined) return { handle: 0 }
  if (typeof value === 'number' && isHandle(value)) return { handle: value }
  const result = checkObject(value, method) as OpenResult<number | object>
  checkDescriptor(result.backingFd, method)
  if (result.handle === undefined || isHandle(result.handle)) return result
  throw badResult(
    `${method} returned the handle ${show(result.handle)}, expected an object or an integer from 0 to 2^53-1`,
  )
}

function checkDescriptor(value: unknown, method: string): void {
  if (value === undefined) return
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 31) return
  throw badResult(`${method} returned the backingFd ${show(value)}, expected a file descriptor`)
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40))
  return typeof value === 'object' || typeof value === 'function'
    ? Object.prototype.toString.call(value)
    : String(value)
}
