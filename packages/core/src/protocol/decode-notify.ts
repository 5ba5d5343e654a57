// NOTIFY_REPLY: what the kernel had cached when RETRIEVE asked. It takes no reply; its unique is the
// notify_unique of the daemon's own.

import type { High32, Low32, Nodeid } from '../base/ids.js'
import { headerNodeid, headerUniqueHigh, headerUniqueLow, REQUEST_BODY } from './headers.js'
import { FuseNotifyRetrieveIn } from './struct-layout.js'
import type { WireReader } from './wire-reader.js'

/** NOTIFY_REPLY: bytes that the kernel had cached. */
export interface NotifyReply {
  /** notify_unique of the RETRIEVE. */
  readonly uniqueLow: Low32<'unique'>
  readonly uniqueHigh: High32<'unique'>
  readonly nodeid: Nodeid
  /** Of the first byte, as it was asked for. */
  readonly offset: number
  /** The bytes' range in `reader.bytes`: fewer than asked for, or none, where the cache has a hole or the file ends. */
  readonly dataStart: number
  /** Behind their last byte. */
  readonly dataEnd: number
}

/** @throws ProtocolError ERR_FUSE_SHORT_READ */
export function decodeNotifyReply(reader: WireReader): NotifyReply {
  const data = REQUEST_BODY + FuseNotifyRetrieveIn.byteLength
  reader.require(data)
  const size = reader.u32(REQUEST_BODY + FuseNotifyRetrieveIn.size)
  reader.require(data + size)
  return {
    uniqueLow: headerUniqueLow(reader),
    uniqueHigh: headerUniqueHigh(reader),
    nodeid: headerNodeid(reader),
    offset: reader.u64Safe(REQUEST_BODY + FuseNotifyRetrieveIn.offset),
    dataStart: reader.start + data,
    dataEnd: reader.start + data + size,
  }
}
