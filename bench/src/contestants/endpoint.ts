// The framework without the kernel, for 1 to 16 workers: what the ring itself can carry, and how that grows.

import type { Contestant } from './contestant.js'
import type { EndpointTransport } from './endpoint-order.js'

const WORKERS = [1, 2, 4, 8, 16] as const

export function endpointContestants(): Contestant[] {
  return [
    endpoint('endpoint-memory', 'memory', 1),
    ...(['ring', 'direct'] as const).flatMap((transport) =>
      WORKERS.map((workers) => endpoint(`endpoint-${transport}-w${workers}`, transport, workers)),
    ),
  ]
}

function endpoint(name: string, transport: EndpointTransport, workers: number): Contestant {
  return {
    name,
    role: 'contestant',
    serves: 'endpoint',
    handlers: 'sync',
    onlyScaling: true,
    isQuick: false,
    workers,
    entries: null,
    flags: ['api=inode', 'handlers=sync', `transport=${transport}`],
    endpoint: transport,
    command: () => undefined,
  }
}
