// Which lengths of a reply's body the kernel takes for a request (fs/fuse/dev.c fuse_copy_out_args()).

import { opcodeOf } from './request-builder.js'

const ENTRY = 128
const ATTRIBUTES = 104
const OPENED = 16
/** READLINK's buffer is a page less the NUL (fs/fuse/dir.c fuse_readlink_folio()). */
const LINK_TARGET = 4095

/** Fixed lengths by opcode; operations that are not here answer with nothing. */
const FIXED: Readonly<Record<number, number>> = {
  1: ENTRY,
  3: ATTRIBUTES,
  4: ATTRIBUTES,
  6: ENTRY,
  8: ENTRY,
  9: ENTRY,
  13: ENTRY,
  14: OPENED,
  16: 8,
  17: 80,
  27: OPENED,
  35: ENTRY + OPENED,
}

export function isReplySize(request: Uint8Array, length: number): boolean {
  const opcode = opcodeOf(request)
  const most = mostBytes(request, opcode)
  return most === undefined ? length === (FIXED[opcode] ?? 0) : length <= most
}

/** For operations whose replies may be shorter than asked. */
function mostBytes(request: Uint8Array, opcode: number): number | undefined {
  switch (opcode) {
    case 5:
      return LINK_TARGET
    case 15:
    case 28:
      // read_in: size behind fh and offset.
      return new DataView(request.buffer, request.byteOffset).getUint32(56, true)
    case 26:
      return 64
    default:
      return undefined
  }
}
