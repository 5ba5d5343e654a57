// INIT, the first request of every connection.

import { InitFlag } from './flags/index.js'
import { REQUEST_BODY } from './headers.js'
import { FuseInitIn } from './struct-layout.js'
import type { WireReader } from './wire-reader.js'

/** What the kernel offers. */
export interface InitIn {
  /** 7, or the kernel's own protocol. */
  readonly major: number
  /** Of what the kernel speaks. */
  readonly minor: number
  /** Bytes. */
  readonly maxReadahead: number
  /** INIT flags by bit position, see InitFlag. */
  readonly flagsLow: number
  /** Bits 32 to 63; 0 of kernels before INIT_EXT. */
  readonly flagsHigh: number
}

/** Kernels below minor 36 end the struct before flags2. */
const OLD_BYTE_LENGTH = 16

/** @throws ProtocolError ERR_FUSE_SHORT_READ */
export function decodeInit(reader: WireReader): InitIn {
  reader.require(REQUEST_BODY + OLD_BYTE_LENGTH)
  const flagsLow = reader.u32(REQUEST_BODY + FuseInitIn.flags)
  let flagsHigh = 0
  if ((flagsLow >>> InitFlag.INIT_EXT) & 1) {
    reader.require(REQUEST_BODY + FuseInitIn.byteLength)
    flagsHigh = reader.u32(REQUEST_BODY + FuseInitIn.flags2)
  }
  return {
    major: reader.u32(REQUEST_BODY + FuseInitIn.major),
    minor: reader.u32(REQUEST_BODY + FuseInitIn.minor),
    maxReadahead: reader.u32(REQUEST_BODY + FuseInitIn.maxReadahead),
    flagsLow,
    flagsHigh,
  }
}
