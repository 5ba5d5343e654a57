// A line for each request that a worker answers. It stands between dispatcher and transport, where a slot's request
// and answer are both still there; without a trace nothing of this runs.

import type { SlotIndex } from '../base/ids.js'
import { codeFromErrno, describeRequest, FuseOutHeader, InitFlag } from '../protocol/index.js'
import { type RequestRing, SlotHeader } from '../ring/index.js'
import type { RequestTransport } from './request-transport.js'

/**
 * The same transport, which gives `write` a line of each answer: what was asked, by whom, what became of it, and the
 * microseconds from reading the request to answering it. What is not answered by a worker is in none of these
 * lines: FORGET, INTERRUPT, INIT, locks that were waited for, and what a deadline or an interrupt has answered.
 */
export function tracedTransport(
  transport: RequestTransport,
  ring: RequestRing,
  write: (line: string) => void,
): RequestTransport {
  const traced = (slot: SlotIndex, ownBytes: number | undefined, finish: () => number): number => {
    const asked = describeSlot(ring, slot)
    const answer = describeAnswer(ring, slot, ownBytes)
    const refusal = finish()
    const became =
      refusal === 0
        ? `${answer}, ${Math.round(transport.elapsed / 1000)} us`
        : `not taken: ${nameOf(refusal)}`
    write(`${asked} -> ${became}`)
    return refusal
  }
  return {
    next: () => transport.next(),
    finish: (slot) => traced(slot, undefined, () => transport.finish(slot)),
    finishWith: (slot, bytes) =>
      traced(slot, bytes.byteLength, () => transport.finishWith(slot, bytes)),
    discard: (slot) => transport.discard(slot),
    yield: () => transport.yield(),
    locks: transport.locks,
    get elapsed(): number {
      return transport.elapsed
    },
  }
}

function describeSlot(ring: RequestRing, slot: SlotIndex): string {
  const offset = ring.slotOffset(slot)
  const start = offset + SlotHeader.request
  const length = ring.view.getUint32(offset + SlotHeader.requestLength, true)
  const longSetxattr = ring.isGranted(InitFlag.SETXATTR_EXT)
  return describeRequest(ring.view, ring.bytes, start, start + length, longSetxattr)
}

function describeAnswer(ring: RequestRing, slot: SlotIndex, ownBytes: number | undefined): string {
  const offset = ring.slotOffset(slot)
  const error = ring.view.getInt32(offset + SlotHeader.error, true)
  if (error !== 0) return `error: ${error} (${nameOf(error)})`
  const body = ring.view.getUint32(offset + SlotHeader.bodyLength, true)
  const payload = ownBytes ?? ring.view.getUint32(offset + SlotHeader.payloadLength, true)
  return `success, outsize: ${FuseOutHeader.byteLength + body + payload}`
}

function nameOf(error: number): string {
  return codeFromErrno(-error) ?? `errno ${-error}`
}
