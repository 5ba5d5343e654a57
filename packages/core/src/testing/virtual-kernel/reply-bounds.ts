// Which lengths of a successful reply's body the kernel takes for a request (fs/fuse/dev.c
// fuse_copy_out_args(), and the out_args that each operation declares).

import type { ReplyBounds } from './connection-driver.js'
import { opcodeOf } from './request-builder.js'

const ENTRY = 128
const ATTRIBUTES = 104
const OPENED = 16
/** READLINK's buffer is a page less the NUL (fs/fuse/dir.c fuse_readlink_folio()). */
const LINK_TARGET = 4095
const IOCTL_OUT = 16
/** A page at least, for iovecs (fs/fuse/ioctl.c fuse_do_ioctl()). */
const IOCTL_ROOM = 4096

/** Fixed lengths by opcode; operations that are not here, nor below, answer with nothing. */
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
  31: 24,
  35: ENTRY + OPENED,
  37: 8,
  40: 8,
  46: 8,
  47: 8,
  51: ENTRY + OPENED,
  52: 288,
  53: 8,
}

/** Operations whose replies may be shorter than asked: the most, by the request's own words. */
const VARIABLE: Readonly<Record<number, (message: DataView) => ReplyBounds>> = {
  5: () => ({ least: 0, most: LINK_TARGET }),
  // read_in: size behind fh and offset.
  15: (message) => ({ least: 0, most: message.getUint32(56, true) }),
  22: extendedAttribute,
  23: extendedAttribute,
  26: () => ({ least: 0, most: 64 }),
  28: (message) => ({ least: 0, most: message.getUint32(56, true) }),
  // ioctl_in: out_size behind fh, flags, cmd, arg and in_size.
  39: (message) => {
    const room = Math.max(IOCTL_ROOM, message.getUint32(68, true))
    return { least: IOCTL_OUT, most: IOCTL_OUT + room }
  },
  44: (message) => ({ least: 0, most: message.getUint32(56, true) }),
}

/** getxattr_in: a size of 0 asks for the size. */
function extendedAttribute(message: DataView): ReplyBounds {
  const size = message.getUint32(40, true)
  return size === 0 ? { least: 8, most: 8 } : { least: 0, most: size }
}

/** Bytes that a successful reply may have. */
export function replyBounds(request: Uint8Array): ReplyBounds {
  const opcode = opcodeOf(request)
  const view = new DataView(request.buffer, request.byteOffset, request.byteLength)
  const length = FIXED[opcode] ?? 0
  return VARIABLE[opcode]?.(view) ?? { least: length, most: length }
}
