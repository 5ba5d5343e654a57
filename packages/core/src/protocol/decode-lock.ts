// Requests on locks: GETLK, SETLK and SETLKW have one struct. A cold path: ranges and owners are bigint, so that
// none is ever rounded.

import type { High32, LockOwner, Low32 } from '../base/ids.js'
import { LkFlag } from './flags/index.js'
import { REQUEST_BODY } from './headers.js'
import { FuseFileLock, FuseLkIn } from './struct-layout.js'
import type { WireReader } from './wire-reader.js'

/** fuse_lk_in. */
export interface LockIn {
  readonly fhLow: Low32<'fh'>
  readonly fhHigh: High32<'fh'>
  /** The kernel's word for the process, or, of flock, for the open file description. */
  readonly owner: LockOwner
  /** First byte of the range. */
  readonly start: bigint
  /** Last byte of the range; 2^63-1 stands for the end of the file. */
  readonly end: bigint
  /** F_RDLCK 0, F_WRLCK 1, F_UNLCK 2. */
  readonly type: number
  /** In the mounter's pid namespace; 0 with F_UNLCK. */
  readonly pid: number
  /** flock(2) rather than fcntl(2). */
  readonly isFlock: boolean
}

/** @throws ProtocolError ERR_FUSE_SHORT_READ */
export function decodeLock(reader: WireReader): LockIn {
  reader.require(REQUEST_BODY + FuseLkIn.byteLength)
  const lock = REQUEST_BODY + FuseLkIn.lk
  return {
    fhLow: reader.low32(REQUEST_BODY + FuseLkIn.fh),
    fhHigh: reader.high32(REQUEST_BODY + FuseLkIn.fh),
    owner: BigInt(reader.u64(REQUEST_BODY + FuseLkIn.owner)),
    start: BigInt(reader.u64(lock + FuseFileLock.start)),
    end: BigInt(reader.u64(lock + FuseFileLock.end)),
    type: reader.u32(lock + FuseFileLock.type),
    pid: reader.u32(lock + FuseFileLock.pid),
    isFlock: (reader.u32(REQUEST_BODY + FuseLkIn.lkFlags) & LkFlag.FLOCK) !== 0,
  }
}
