// A mountpoint /dev/fd/N names an open /dev/fuse that somebody else has mounted and hands over. libfuse's convention.

import { fstatSync } from 'node:fs'
import { FuseError } from '@fuseloop/core/session'

/** N; undefined for any other mountpoint. @throws FuseError ERR_FUSE_MOUNT when it is not open */
export function passedDevice(mountpoint: string): number | undefined {
  const digits = /^\/dev\/fd\/(0|[1-9]\d{0,8})$/.exec(mountpoint)?.[1]
  if (digits === undefined) return undefined
  const number = Number(digits)
  try {
    fstatSync(number)
  } catch (cause) {
    const message = `${mountpoint}: no such descriptor is open here`
    throw new FuseError('ERR_FUSE_MOUNT', message, { cause })
  }
  return number
}
