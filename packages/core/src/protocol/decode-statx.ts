// STATX. As GETATTR it may come by an open file; what is asked for is a wish, the reply says what it has.

import type { High32, Low32 } from '../base/ids.js'
import { GetattrFlag } from './flags/index.js'
import { REQUEST_BODY } from './headers.js'
import { FuseStatxIn } from './struct-layout.js'
import type { WireReader } from './wire-reader.js'

/** Body of STATX. */
export interface StatxIn {
  /** The client asks by an open file of its own; otherwise fh means nothing. */
  readonly hasHandle: boolean
  readonly fhLow: Low32<'fh'>
  readonly fhHigh: High32<'fh'>
  /** AT_STATX_*: how fresh the answer must be. */
  readonly flags: number
  /** STATX_*. */
  readonly mask: number
}

/** @throws ProtocolError ERR_FUSE_SHORT_READ */
export function decodeStatx(reader: WireReader): StatxIn {
  reader.require(REQUEST_BODY + FuseStatxIn.byteLength)
  const flags = reader.u32(REQUEST_BODY + FuseStatxIn.getattrFlags)
  return {
    hasHandle: (flags & GetattrFlag.FH) !== 0,
    fhLow: reader.low32(REQUEST_BODY + FuseStatxIn.fh),
    fhHigh: reader.high32(REQUEST_BODY + FuseStatxIn.fh),
    flags: reader.u32(REQUEST_BODY + FuseStatxIn.sxFlags),
    mask: reader.u32(REQUEST_BODY + FuseStatxIn.sxMask),
  }
}
