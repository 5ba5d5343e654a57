// What a kernel offers in INIT: the flags of its protocol minor (include/uapi/linux/fuse.h, change log).

import { InitFlag } from '../../protocol/index.js'

/** Flags that Linux 6.18 offers on /dev/fuse: no FILE_OPS, and none of virtiofs. */
const OFFERED_7_45 = 0x7fd_73ff_fffbn

/** The protocol minor that brought a bit, for bits younger than 7.31. */
const SINCE: readonly (readonly [bit: number, minor: number])[] = [
  [InitFlag.HANDLE_KILLPRIV_V2, 33],
  [InitFlag.SETXATTR_EXT, 33],
  [InitFlag.INIT_EXT, 36],
  [InitFlag.SECURITY_CTX, 36],
  [InitFlag.CREATE_SUPP_GROUP, 38],
  [InitFlag.HAS_EXPIRE_ONLY, 38],
  [InitFlag.DIRECT_IO_ALLOW_MMAP, 39],
  [InitFlag.PASSTHROUGH, 40],
  [InitFlag.NO_EXPORT_SUPPORT, 40],
  [InitFlag.HAS_RESEND, 40],
  [InitFlag.ALLOW_IDMAP, 41],
  [InitFlag.OVER_IO_URING, 42],
  [InitFlag.REQUEST_TIMEOUT, 43],
]

/** All 64 bits that a kernel of 7.`minor` offers. */
export function offeredFlags(minor: number): bigint {
  let flags = OFFERED_7_45
  for (const [bit, since] of SINCE) if (minor < since) flags &= ~(1n << BigInt(bit))
  return flags
}
