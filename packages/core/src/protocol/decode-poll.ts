// POLL: which events of an open file are there now, and whether somebody waits for others.

import type { High32, Low32 } from '../base/ids.js'
import { REQUEST_BODY } from './headers.js'
import { FusePollIn } from './struct-layout.js'
import type { WireReader } from './wire-reader.js'

/** Body of POLL. */
export interface PollIn {
  readonly fhLow: Low32<'fh'>
  readonly fhHigh: High32<'fh'>
  /** By which NOTIFY_POLL wakes who waits: opaque, one for each open file. */
  readonly khLow: Low32<'kh'>
  readonly khHigh: High32<'kh'>
  /** PollFlag. */
  readonly flags: number
  /** PollEvent: what is asked for. */
  readonly events: number
}

/** @throws ProtocolError ERR_FUSE_SHORT_READ */
export function decodePoll(reader: WireReader): PollIn {
  reader.require(REQUEST_BODY + FusePollIn.byteLength)
  return {
    fhLow: reader.low32(REQUEST_BODY + FusePollIn.fh),
    fhHigh: reader.high32(REQUEST_BODY + FusePollIn.fh),
    khLow: reader.low32(REQUEST_BODY + FusePollIn.kh),
    khHigh: reader.high32(REQUEST_BODY + FusePollIn.kh),
    flags: reader.u32(REQUEST_BODY + FusePollIn.flags),
    events: reader.u32(REQUEST_BODY + FusePollIn.events),
  }
}
