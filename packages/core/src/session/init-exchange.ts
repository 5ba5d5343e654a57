// INIT as bytes: the kernel's offer in, our answer out.

import {
  decodeInit,
  encodeInitOut,
  encodeOutHeader,
  FuseInitOut,
  FuseOutHeader,
  headerUniqueHigh,
  headerUniqueLow,
  InitFlag,
  type InitFlagName,
  KERNEL_MAJOR,
  WireReader,
  WireWriter,
} from '../protocol/index.js'
import { negotiateInit } from './init-negotiation.js'
import type { SessionParameters, SessionWishes } from './session-parameters.js'

/** What INIT settled, and the reply. */
export interface InitExchange {
  readonly parameters: SessionParameters
  /** Granted flags: bits 0 to 31. */
  readonly flagsLow: number
  /** Granted flags: bits 32 to 63, as flags2. */
  readonly flagsHigh: number
  /** The whole reply, header included. */
  readonly reply: Uint8Array
}

/** Whether the kernel offers a flag, by the bytes of INIT. */
export function offersFlag(request: Uint8Array, flag: InitFlagName): boolean {
  const reader = new WireReader(viewOf(request), request)
  reader.reset(0, request.byteLength)
  const { flagsLow, flagsHigh } = decodeInit(reader)
  const bit = InitFlag[flag]
  return (((bit < 32 ? flagsLow : flagsHigh) >>> (bit & 31)) & 1) === 1
}

/** @throws FuseError ERR_FUSE_UNSUPPORTED_KERNEL, ERR_FUSE_BAD_FLAG */
export function exchangeInit(request: Uint8Array, wishes: SessionWishes): InitExchange {
  const reader = new WireReader(viewOf(request), request)
  reader.reset(0, request.byteLength)
  const { parameters, flagsLow, flagsHigh } = negotiateInit(decodeInit(reader), wishes)
  const reply = new Uint8Array(FuseOutHeader.byteLength + FuseInitOut.byteLength)
  const writer = new WireWriter(viewOf(reply), reply)
  writer.reset(0, reply.byteLength)
  encodeOutHeader(writer, reply.byteLength, 0, headerUniqueLow(reader), headerUniqueHigh(reader))
  encodeInitOut(writer, FuseOutHeader.byteLength, {
    major: KERNEL_MAJOR,
    minor: parameters.minor,
    maxReadahead: parameters.maxReadahead,
    flagsLow,
    flagsHigh,
    maxBackground: parameters.maxBackground,
    congestionThreshold: parameters.congestionThreshold,
    maxWrite: parameters.maxWrite,
    timeGranularity: parameters.timeGranularity,
    maxPages: parameters.maxPages,
    requestTimeout: parameters.requestTimeout,
    maxStackDepth: parameters.maxStackDepth,
  })
  return { parameters, flagsLow, flagsHigh, reply }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
