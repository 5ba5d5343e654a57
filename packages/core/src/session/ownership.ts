// Owner and permissions that a mount shows in place of the filesystem's, as libfuse's uid, gid, fmask and dmask do.

import { FuseError } from './fuse-error.js'

/** What is absent is as the filesystem says. Permissions are checked against what is shown. */
export interface Ownership {
  /** User that owns everything, 0 to 2^32-2. */
  readonly uid?: number
  /** Group of everything, 0 to 2^32-2. */
  readonly gid?: number
  /** Permission bits that no directory has; all others it has. 0 to 0o777. */
  readonly directoryMask?: number
  /** The same of all that are no directories. */
  readonly fileMask?: number
}

/** (uid_t) -1 stands for none (chown(2)). */
const MOST_ID = 0xffff_fffe
const MOST: Readonly<Record<keyof Ownership, number>> = {
  uid: MOST_ID,
  gid: MOST_ID,
  directoryMask: 0o777,
  fileMask: 0o777,
}

/** Undefined where nothing is to be shown otherwise. @throws FuseError ERR_FUSE_USAGE naming what is out of its range */
export function checkOwnership(ownership: Ownership = {}): Ownership | undefined {
  const given = Object.entries(ownership).filter(([, value]) => value !== undefined)
  for (const [name, value] of given) {
    if (!Object.hasOwn(MOST, name))
      throw usage(`ownership: there is no '${name}', only ${Object.keys(MOST).join(', ')}`)
    const most = MOST[name as keyof Ownership]
    if (!Number.isInteger(value) || value < 0 || value > most)
      throw usage(`ownership.${name}: ${String(value)} is no whole number from 0 to ${most}`)
  }
  return given.length === 0 ? undefined : Object.fromEntries(given)
}

function usage(message: string): FuseError {
  return new FuseError('ERR_FUSE_USAGE', message)
}
