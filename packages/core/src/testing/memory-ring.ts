// The shared memory of a session that is served on one thread.

import { payloadSizeFor, RequestRing, ringByteLength } from '../ring/index.js'
import { DEFAULT_PAGES, pagesFor } from '../session/index.js'

/** @param maxWrite bytes, a multiple of 4096 */
export function createMemoryRing(
  slotCount: number,
  maxWrite: number,
  workerCount: number,
): RequestRing {
  const payloadSize = payloadSizeFor(maxWrite, Math.max(DEFAULT_PAGES, pagesFor(maxWrite)))
  const geometry = { slotCount, workerCount, payloadSize }
  return RequestRing.create(
    { buffer: new SharedArrayBuffer(ringByteLength(geometry)), base: 0 },
    geometry,
  )
}
