// IOCTL. The command's own bits have told the kernel how much data comes in and may go out, unless it is
// unrestricted (fs/fuse/ioctl.c fuse_do_ioctl()).

import type { High32, Low32 } from '../base/ids.js'
import { REQUEST_BODY } from './headers.js'
import { FuseIoctlIn } from './struct-layout.js'
import type { WireReader } from './wire-reader.js'

/** Body of IOCTL, the input included. */
export interface IoctlIn {
  readonly fhLow: Low32<'fh'>
  readonly fhHigh: High32<'fh'>
  /** IoctlFlag. */
  readonly flags: number
  /** The second argument of ioctl(2). */
  readonly command: number
  /** Lower 32 bits of the caller's third argument: a pointer of its own, or a value. */
  readonly argumentLow: number
  /** Its upper 32 bits. */
  readonly argumentHigh: number
  /** The input's range in `reader.bytes`. */
  readonly dataStart: number
  /** Behind its last byte. */
  readonly dataEnd: number
  /** Bytes that may be answered. */
  readonly outSize: number
}

/** @throws ProtocolError ERR_FUSE_SHORT_READ also when the input is shorter than in_size */
export function decodeIoctl(reader: WireReader): IoctlIn {
  const data = REQUEST_BODY + FuseIoctlIn.byteLength
  reader.require(data)
  const size = reader.u32(REQUEST_BODY + FuseIoctlIn.inSize)
  reader.require(data + size)
  return {
    fhLow: reader.low32(REQUEST_BODY + FuseIoctlIn.fh),
    fhHigh: reader.high32(REQUEST_BODY + FuseIoctlIn.fh),
    flags: reader.u32(REQUEST_BODY + FuseIoctlIn.flags),
    command: reader.u32(REQUEST_BODY + FuseIoctlIn.cmd),
    argumentLow: reader.low32(REQUEST_BODY + FuseIoctlIn.arg),
    argumentHigh: reader.high32(REQUEST_BODY + FuseIoctlIn.arg),
    dataStart: reader.start + data,
    dataEnd: reader.start + data + size,
    outSize: reader.u32(REQUEST_BODY + FuseIoctlIn.outSize),
  }
}
