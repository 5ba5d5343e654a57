// Messages that are never answered: lookup counts going down, and the wish to interrupt a request.

import type { High32, Low32, Nodeid } from '../base/ids.js'
import { headerNodeid, REQUEST_BODY } from './headers.js'
import { FuseBatchForgetIn, FuseForgetIn, FuseForgetOne, FuseInterruptIn } from './struct-layout.js'
import type { WireReader } from './wire-reader.js'

/** So many references to a node are dropped. */
export interface ForgetOne {
  readonly nodeid: Nodeid
  /** How much the node's lookup count goes down. */
  readonly nlookup: number
}

/** The request to interrupt, by its unique. */
export interface InterruptIn {
  readonly uniqueLow: Low32<'unique'>
  readonly uniqueHigh: High32<'unique'>
}

/** How many references to the header's node are dropped. @throws ProtocolError ERR_FUSE_SHORT_READ */
export function decodeForget(reader: WireReader): ForgetOne {
  reader.require(REQUEST_BODY + FuseForgetIn.byteLength)
  return {
    nodeid: headerNodeid(reader),
    nlookup: reader.u64Safe(REQUEST_BODY + FuseForgetIn.nlookup),
  }
}

/** All of a batch, or none: a count that the message's length contradicts is refused first. */
export function decodeBatchForget(reader: WireReader): ForgetOne[] {
  const first = REQUEST_BODY + FuseBatchForgetIn.byteLength
  reader.require(first)
  const count = reader.u32(REQUEST_BODY + FuseBatchForgetIn.count)
  reader.require(first + count * FuseForgetOne.byteLength)
  const forgets: ForgetOne[] = []
  for (let index = 0; index < count; index++) {
    const offset = first + index * FuseForgetOne.byteLength
    forgets.push({
      nodeid: reader.u64Safe(offset + FuseForgetOne.nodeid),
      nlookup: reader.u64Safe(offset + FuseForgetOne.nlookup),
    })
  }
  return forgets
}

/** @throws ProtocolError ERR_FUSE_SHORT_READ */
export function decodeInterrupt(reader: WireReader): InterruptIn {
  reader.require(REQUEST_BODY + FuseInterruptIn.byteLength)
  return {
    uniqueLow: reader.low32(REQUEST_BODY + FuseInterruptIn.unique),
    uniqueHigh: reader.high32(REQUEST_BODY + FuseInterruptIn.unique),
  }
}
