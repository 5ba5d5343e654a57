// `fuseloop unmount`: by path, whoever serves the mount.

import { resolve } from 'node:path'
import { FuseError } from '@fuseloop/core/session'
import { loadNativeBinding } from '@fuseloop/native'
import { detailOf, isSystemError } from '../command/failure.js'

/** @throws FuseError ERR_FUSE_MOUNT */
export async function unmountCommand(mountpoint: string, lazy: boolean): Promise<void> {
  const path = resolve(mountpoint)
  try {
    await loadNativeBinding().unmountPath(path, lazy)
  } catch (error) {
    throw isSystemError(error) ? explain(error, path) : error
  }
}

function explain(error: NodeJS.ErrnoException, path: string): Error {
  const detail = detailOf(error)
  const reason =
    error.code === 'EBUSY'
      ? `is in use; \`fuser -vm ${path}\` lists by whom, --lazy unmounts all the same`
      : error.code === 'ENOENT'
        ? 'does not exist'
        : undefined
  if (reason === undefined && detail === undefined) return error
  const message = reason === undefined ? `${path}: ${detail}` : `${path} ${reason}`
  return new FuseError('ERR_FUSE_MOUNT', message, { cause: error })
}
