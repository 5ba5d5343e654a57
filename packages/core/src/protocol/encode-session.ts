// The answer to INIT. The kernel acts on it before the write returns (fs/fuse/inode.c
// process_init_reply()).

import { InitFlag } from './flags/index.js'
import { ProtocolError } from './protocol-error.js'
import { FuseInitOut } from './struct-layout.js'
import type { WireWriter } from './wire-writer.js'

/** Fields of fuse_init_out; sizes in bytes. */
export interface InitOut {
  /** 7. */
  readonly major: number
  /** At most what the kernel offered. */
  readonly minor: number
  /** Bytes, at most what the kernel offered. */
  readonly maxReadahead: number
  /** The accepted flags, see InitFlag; INIT_EXT must be among them if any is above bit 31. */
  readonly flagsLow: number
  /** Bits 32 to 63 of the same. */
  readonly flagsHigh: number
  /** Background requests in flight, 0 to 65535; 0 leaves the kernel's 12. */
  readonly maxBackground: number
  /** Background requests from which on read-ahead is skipped; 0 leaves the kernel's 9. */
  readonly congestionThreshold: number
  /** Bytes of data in one WRITE; the kernel raises less than 4096 to 4096. */
  readonly maxWrite: number
  /** Granularity of timestamps in ns, 1 to 10^9. */
  readonly timeGranularity: number
  /** Pages in one request, with MAX_PAGES. */
  readonly maxPages: number
  /** With PASSTHROUGH: 1 or 2. */
  readonly maxStackDepth?: number
  /** Seconds, with REQUEST_TIMEOUT. */
  readonly requestTimeout?: number
}

/** @throws ProtocolError ERR_FUSE_BAD_VALUE for flags the kernel ignores: above 31, no INIT_EXT */
export function encodeInitOut(writer: WireWriter, offset: number, init: InitOut): void {
  if (init.flagsHigh !== 0 && !((init.flagsLow >>> InitFlag.INIT_EXT) & 1)) {
    throw new ProtocolError('ERR_FUSE_BAD_VALUE', 'INIT flags above bit 31 need INIT_EXT')
  }
  writer.zero(offset, FuseInitOut.byteLength)
  writer.u32(offset + FuseInitOut.major, init.major)
  writer.u32(offset + FuseInitOut.minor, init.minor)
  writer.u32(offset + FuseInitOut.maxReadahead, init.maxReadahead)
  writer.u32(offset + FuseInitOut.flags, init.flagsLow)
  writer.u16(offset + FuseInitOut.maxBackground, init.maxBackground)
  writer.u16(offset + FuseInitOut.congestionThreshold, init.congestionThreshold)
  writer.u32(offset + FuseInitOut.maxWrite, init.maxWrite)
  writer.u32(offset + FuseInitOut.timeGran, init.timeGranularity)
  writer.u16(offset + FuseInitOut.maxPages, init.maxPages)
  writer.u32(offset + FuseInitOut.flags2, init.flagsHigh)
  writer.u32(offset + FuseInitOut.maxStackDepth, init.maxStackDepth ?? 0)
  writer.u16(offset + FuseInitOut.requestTimeout, init.requestTimeout ?? 0)
}
