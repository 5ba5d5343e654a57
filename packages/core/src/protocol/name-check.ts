// Names of entries on their way to the kernel, which refuses what cannot be one.

import { ProtocolError } from './protocol-error.js'

const SLASH = 0x2f
const NUL = 0

/**
 * @param most bytes
 * @param what has the name, for the message
 * @throws ProtocolError ERR_FUSE_BAD_NAME
 */
export function checkName(name: Uint8Array, most: number, what: string): void {
  if (name.byteLength === 0 || name.byteLength > most) {
    throw new ProtocolError(
      'ERR_FUSE_BAD_NAME',
      `${what} has a name of ${name.byteLength} bytes, which must be 1 to ${most}`,
    )
  }
  if (name.includes(SLASH) || name.includes(NUL))
    throw new ProtocolError('ERR_FUSE_BAD_NAME', `${what} has a name that holds '/' or NUL`)
}
