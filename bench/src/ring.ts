// The framework without the kernel: the native reader, ring, workers and replies over an in-process device, for a
// growing number of workers, and the TypeScript twin of all that on one thread. Configurations take turns in rounds,
// so that what else the machine does falls on all alike; figures are medians.
// Usage: node bench/dist/ring.js [--clients 32] [--seconds 1] [--rounds 3] [--json]

import { availableParallelism, loadavg, release } from 'node:os'
import { parseArgs } from 'node:util'
import { MemorySession, RequestBuilder, replyBounds } from '@fuseloop/core/testing'
import { type ServedPool, servePool } from '@fuseloop/daemon/testing'

const FILESYSTEM = new URL('./workloads/inode-filesystem.js', import.meta.url)
const WORKERS = [1, 2, 4, 8, 16] as const
const WORKLOADS = [
  { name: 'handler returns at once', set: {} },
  { name: 'handler computes 20 us', set: { computeUs: '20' } },
  { name: 'handler blocks 1 ms', set: { block: '1ms' } },
] as const

interface Row {
  readonly workload: string
  readonly workers: number
  readonly requestsPerSecond: number
  readonly least: number
  readonly most: number
  readonly ratioToOne: number
}

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '32' },
    seconds: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
})
const clients = Number(values.clients)
const seconds = Number(values.seconds)
const rounds = Number(values.rounds)
const request = new RequestBuilder()

function repeat(pool: ServedPool, count: number): Promise<number> {
  const message = request.getattr(1)
  return pool.connection.repeat(message, replyBounds(message), clients, count)
}

/** Requests a second of one pool; a first, short run warms it up and tells how many fill the time. */
async function measure(workers: number, set: Readonly<Record<string, string>>): Promise<number> {
  const pool = await servePool(FILESYSTEM, { workers, set })
  try {
    const probe = 20 * clients
    const probeNs = await repeat(pool, probe)
    const count = Math.max(probe, Math.round((probe * seconds * 1e9) / probeNs))
    return (count * 1e9) / (await repeat(pool, count))
  } finally {
    await pool.close()
  }
}

function summary(figures: readonly number[]): { median: number; least: number; most: number } {
  const sorted = [...figures].sort((a, b) => a - b)
  const at = (index: number): number => sorted[index] ?? Number.NaN
  return { median: at(Math.floor(sorted.length / 2)), least: at(0), most: at(sorted.length - 1) }
}

async function scale({ name, set }: (typeof WORKLOADS)[number]): Promise<Row[]> {
  const figures = WORKERS.map((): number[] => [])
  for (let round = 0; round < rounds; round++) {
    for (const [index, workers] of WORKERS.entries()) {
      figures[index]?.push(await measure(workers, set))
    }
  }
  const one = summary(figures[0] ?? []).median
  return WORKERS.map((workers, index) => {
    const { median, least, most } = summary(figures[index] ?? [])
    return {
      workload: name,
      workers,
      requestsPerSecond: median,
      least,
      most,
      ratioToOne: median / one,
    }
  })
}

/** Requests a second through the virtual kernel in memory, contract checks included, `clients` in flight. */
async function measureMemory(): Promise<number> {
  const session = new MemorySession({ getattr: () => ({ mode: 0o40755 }) }, { slotCount: 64 })
  let count = 0
  const started = performance.now()
  const end = started + seconds * 1000
  const client = async (): Promise<void> => {
    while (performance.now() < end) {
      const { error } = await session.send(session.request.getattr(1))
      if (error !== 0) throw new Error(`GETATTR: errno ${-error}`)
      count += 1
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  const took = performance.now() - started
  await session.close()
  return (count * 1000) / took
}

function print(rows: readonly Row[]): void {
  console.log(`\n${rows[0]?.workload}`)
  console.log('workers  requests/s      (min to max)  to 1 worker')
  for (const { workers, requestsPerSecond, least, most, ratioToOne } of rows) {
    const range = `(${least.toFixed(0)} to ${most.toFixed(0)})`
    console.log(
      `${String(workers).padStart(7)}${requestsPerSecond.toFixed(0).padStart(12)}${range.padStart(18)}${ratioToOne.toFixed(2).padStart(13)}`,
    )
  }
}

const machine = `Linux ${release()}, Node ${process.version}, ${availableParallelism()} CPUs`
const load = loadavg()[0]?.toFixed(2)
const memory: number[] = []
for (let round = 0; round < rounds; round++) memory.push(await measureMemory())
const inMemory = summary(memory)
if (!values.json) {
  console.log(`${machine}, load ${load}; ${clients} requests in flight, median of ${rounds} rounds`)
  console.log(`\nin memory, one thread, checked: ${inMemory.median.toFixed(0)} requests/s`)
}
const results: Row[] = []
for (const workload of WORKLOADS) {
  const rows = await scale(workload)
  results.push(...rows)
  if (!values.json) print(rows)
}
if (values.json)
  console.log(
    JSON.stringify({ machine, load, clients, seconds, rounds, inMemory, results }, null, 2),
  )
