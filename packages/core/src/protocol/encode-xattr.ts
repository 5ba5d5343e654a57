// The answer to a GETXATTR or LISTXATTR that asks for a size. Values and lists themselves have no struct.

import { FuseGetxattrOut } from './struct-layout.js'
import type { WireWriter } from './wire-writer.js'

/** @param size bytes of the value, or of the list with a NUL behind each name */
export function encodeGetxattrOut(writer: WireWriter, offset: number, size: number): void {
  writer.claim(offset, FuseGetxattrOut.byteLength)
  writer.u32(offset + FuseGetxattrOut.size, size)
  writer.u32(offset + FuseGetxattrOut.size + 4, 0)
}
