// The fixed part of the answer to IOCTL; data follow it.

import { FuseIoctlOut } from './struct-layout.js'
import type { WireWriter } from './wire-writer.js'

/** @param result what ioctl(2) returns, 0 to 2^31-1 */
export function encodeIoctlOut(writer: WireWriter, offset: number, result: number): void {
  writer.zero(offset, FuseIoctlOut.byteLength)
  writer.i32(offset + FuseIoctlOut.result, result)
}
