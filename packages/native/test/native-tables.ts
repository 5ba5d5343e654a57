// The native node and directory tables of a session that is never mounted.

import { routingTable } from '@fuseloop/core/dispatch'
import { PAGE_SIZE, payloadSizeFor, RequestRing, ringByteLength } from '@fuseloop/core/ring'
import { loadNativeBinding, type NativeWorker } from '@fuseloop/native'

export interface NativeTables {
  readonly nodes: NativeWorker['nodes']
  readonly directories: NativeWorker['directories']
  readonly openFiles: NativeWorker['openFiles']
  keepUnused(most: number): void
  close(): void
}

const binding = loadNativeBinding()

export function openNativeTables(): NativeTables {
  const geometry = { slotCount: 1, workerCount: 1, payloadSize: payloadSizeFor(4096, 1) }
  const buffer = new SharedArrayBuffer(ringByteLength(geometry) + PAGE_SIZE)
  const memory = { buffer, base: binding.pageOffset(new Uint8Array(buffer)) }
  const ring = RequestRing.create(memory, geometry)
  const session = new binding.NativeSession(ring.bytes, routingTable(), false)
  const seat = binding.attachWorker(session.id, 0, ring.bytes, () => undefined)
  return {
    nodes: seat.nodes,
    directories: seat.directories,
    openFiles: seat.openFiles,
    keepUnused: (most) => session.keepUnused(most),
    close() {
      seat.detach()
      session.close()
    },
  }
}
