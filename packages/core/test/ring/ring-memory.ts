// A ring in plain shared memory, as small as a test needs it.

import {
  RequestRing,
  type RingGeometry,
  type RingMemory,
  ringByteLength,
} from '@fuseloop/core/ring'

export const SMALL: RingGeometry = { slotCount: 4, workerCount: 2, payloadSize: 4096 }

export function memoryFor(geometry: RingGeometry): RingMemory {
  return { buffer: new SharedArrayBuffer(ringByteLength(geometry)), base: 0 }
}

export function smallRing(geometry: Partial<RingGeometry> = {}): RequestRing {
  const whole = { ...SMALL, ...geometry }
  return RequestRing.create(memoryFor(whole), whole)
}
