// The answer to POLL: the events that are there.

import { FusePollOut } from './struct-layout.js'
import type { WireWriter } from './wire-writer.js'

/** @param revents PollEvent, 16 bits */
export function encodePollOut(writer: WireWriter, offset: number, revents: number): void {
  writer.zero(offset, FusePollOut.byteLength)
  writer.u32(offset + FusePollOut.revents, revents)
}
