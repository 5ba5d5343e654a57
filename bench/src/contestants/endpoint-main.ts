// The framework without the kernel: the native reader, ring, workers and replies over an in-process device, or the
// TypeScript twin of all that on one thread.
// Usage: node endpoint-main.js ORDER, an EndpointOrder as JSON; prints an EndpointAnswer

import { MemorySession, RequestBuilder, replyBounds } from '@fuseloop/core/testing'
import { type ServedPool, servePool } from '@fuseloop/daemon/testing'
import type { EndpointAnswer, EndpointOrder, EndpointTransport } from './endpoint-order.js'

const FILESYSTEM = new URL('../filesystems/endpoint.js', import.meta.url)
/** Requests in flight. */
const CLIENTS = 32

type Figures = Exclude<EndpointAnswer, { readonly refused: string }>

const order = JSON.parse(process.argv[2] ?? '{}') as EndpointOrder
console.log(JSON.stringify(await answer(order)))

async function answer({ transport, ...rest }: EndpointOrder): Promise<EndpointAnswer> {
  if (transport === 'memory') return await measureMemory(rest.seconds)
  try {
    return await measurePool(transport, rest)
  } catch (error) {
    return { refused: error instanceof Error ? error.message : String(error) }
  }
}

async function measurePool(
  transport: Exclude<EndpointTransport, 'memory'>,
  { workers, set, seconds }: Omit<EndpointOrder, 'transport'>,
): Promise<Figures> {
  const pool = await servePool(FILESYSTEM, { transport, workers, set })
  try {
    // A first, short run warms it up and tells how many requests fill the time.
    const probe = 20 * CLIENTS
    const probeNs = await repeat(pool, probe)
    const count = Math.max(probe, Math.round((probe * seconds * 1e9) / probeNs))
    const before = process.cpuUsage()
    const tookNs = await repeat(pool, count)
    const { user, system } = process.cpuUsage(before)
    const getattr = pool.status().operations.find(({ name }) => name === 'GETATTR')
    return {
      opsPerSecond: (count * 1e9) / tookNs,
      p50Us: getattr?.p50Us ?? 0,
      p99Us: getattr?.p99Us ?? 0,
      cpuUsPerOp: (user + system) / count,
    }
  } finally {
    await pool.close()
  }
}

/** @returns how long it took, in nanoseconds */
function repeat(pool: ServedPool, count: number): Promise<number> {
  const message = new RequestBuilder().getattr(1)
  return pool.connection.repeat(message, replyBounds(message), CLIENTS, count)
}

/** Contract checks included. */
async function measureMemory(seconds: number): Promise<Figures> {
  const session = new MemorySession({ getattr: () => ({ mode: 0o40755 }) }, { slotCount: 64 })
  const before = process.cpuUsage()
  const started = performance.now()
  const end = started + seconds * 1000
  let count = 0
  const client = async (): Promise<void> => {
    while (performance.now() < end) {
      const { error } = await session.send(session.request.getattr(1))
      if (error !== 0) throw new Error(`GETATTR: errno ${-error}`)
      count += 1
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  const tookMs = performance.now() - started
  const { user, system } = process.cpuUsage(before)
  await session.close()
  const eachUs = (tookMs * 1000 * CLIENTS) / count
  return {
    opsPerSecond: (count * 1000) / tookMs,
    p50Us: eachUs,
    p99Us: eachUs,
    cpuUsPerOp: (user + system) / count,
  }
}
