// Requests on open directories: the kernel uses the structs of files (fs/fuse/dir.c, readdir.c).

import type { High32, Low32 } from '../base/ids.js'
import { REQUEST_BODY } from './headers.js'
import { FuseReadIn } from './struct-layout.js'
import type { WireReader } from './wire-reader.js'

export {
  decodeFsync as decodeFsyncdir,
  decodeOpen as decodeOpendir,
  decodeRelease as decodeReleasedir,
} from './decode-file.js'

/** Body of READDIR and READDIRPLUS. */
export interface ReaddirIn {
  readonly fhLow: Low32<'fh'>
  readonly fhHigh: High32<'fh'>
  /** The cookie of the record to go on behind, 0 for the start; a bigint above 2^53-1. */
  readonly offset: number | bigint
  /** Bytes that the reply may have. */
  readonly size: number
}

/** READDIR and READDIRPLUS. */
export function decodeReaddir(reader: WireReader): ReaddirIn {
  reader.require(REQUEST_BODY + FuseReadIn.byteLength)
  return {
    fhLow: reader.low32(REQUEST_BODY + FuseReadIn.fh),
    fhHigh: reader.high32(REQUEST_BODY + FuseReadIn.fh),
    offset: reader.u64(REQUEST_BODY + FuseReadIn.offset),
    size: reader.u32(REQUEST_BODY + FuseReadIn.size),
  }
}
