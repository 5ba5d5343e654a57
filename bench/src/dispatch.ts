// What one request costs the worker that serves it, without kernel and transport: decoding, handler, encoding, and the
// bookkeeping. A thread for each kind of handler sees all operations, as a worker does; operations and threads take
// turns in rounds; figures are medians.
// Usage: node bench/dist/dispatch.js [--count 200000] [--rounds 9] [--kind NAME] [--operation NAME] [--json]

import { once } from 'node:events'
import { availableParallelism, loadavg, release } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { adaptPathHandlers } from '@fuseloop/core/path'
import { RequestBuilder } from '@fuseloop/core/testing'
import {
  asyncInodeHandlers,
  asyncPathHandlers,
  type Handlers,
  inodeHandlers,
  pathHandlers,
} from './dispatch/plain-handlers.js'
import { RequestLoop } from './dispatch/request-loop.js'

const KINDS = ['inode', 'inode async', 'path', 'path async'] as const
const OPERATIONS = ['getattr', 'fstat', 'lookup', 'read 4K', 'write 4K', 'readdirplus'] as const
type Kind = (typeof KINDS)[number]
type Operation = (typeof OPERATIONS)[number]

interface Order {
  readonly operation: Operation
  readonly count: number
}

if (isMainThread) await main()
else await serveOrders(workerData as Kind)

async function serveOrders(kind: Kind): Promise<void> {
  const loop = new RequestLoop(handlersOf(kind) as never)
  const messages = await requestsTo(loop)
  parentPort?.on('message', async ({ operation, count }: Order) => {
    // A listing has 100 entries.
    const share = operation === 'readdirplus' ? 100 : 1
    const took = await loop.serve(messages[operation], Math.ceil(count / share))
    if (loop.failed > 0) throw new Error(`${operation}: answered with an error`)
    parentPort?.postMessage(took)
  })
  parentPort?.postMessage('ready')
}

function handlersOf(kind: Kind): Handlers {
  if (kind === 'inode') return inodeHandlers
  if (kind === 'inode async') return asyncInodeHandlers
  return adaptPathHandlers(
    (kind === 'path' ? pathHandlers : asyncPathHandlers) as never,
  ) as Handlers
}

async function requestsTo(loop: RequestLoop): Promise<Record<Operation, Uint8Array>> {
  const request = new RequestBuilder()
  const { nodes } = loop.seat
  const directory = nodes.remember(1, Buffer.from('directory'), undefined, 0o40000)
  const file = nodes.remember(directory, Buffer.from('file'), undefined, 0o100000)
  const opened = nodes.remember(directory, Buffer.from('opened'), undefined, 0o100000)
  await loop.serve(request.open(opened), 1)
  const listed = loop.seat.directories.open(0)
  return {
    getattr: request.getattr(file),
    fstat: request.getattr(opened),
    lookup: request.lookup(directory, 'file'),
    'read 4K': request.read(opened, 7, 8192, 4096),
    'write 4K': request.write(opened, 7, 8192, new Uint8Array(4096)),
    readdirplus: request.readdirplus(directory, listed, 0, 128 * 1024),
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '200000' },
      rounds: { type: 'string', default: '9' },
      kind: { type: 'string' },
      operation: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  const kinds = KINDS.filter((kind) => (values.kind ?? kind) === kind)
  const operations = OPERATIONS.filter((one) => (values.operation ?? one) === one)
  const rows = await compare(kinds, operations, Number(values.count), Number(values.rounds))
  const machine = `Linux ${release()}, Node ${process.version}, ${availableParallelism()} CPUs`
  const load = loadavg()[0]?.toFixed(2)
  if (values.json) {
    console.log(JSON.stringify({ machine, load, rounds: Number(values.rounds), rows }, null, 2))
    return
  }
  console.log(`${machine}, load ${load}; ns a request, median of ${values.rounds} rounds\n`)
  console.log(['operation', ...kinds].map((text) => text.padStart(12)).join(''))
  for (const operation of operations) {
    const figures = kinds.map((kind) =>
      rows.find((row) => row.kind === kind && row.operation === operation),
    )
    console.log(
      [operation, ...figures.map((row) => row?.nanoseconds.toFixed(0) ?? '')]
        .map((text) => text.padStart(12))
        .join(''),
    )
  }
}

interface Row extends Pick<Order, 'operation'> {
  readonly kind: Kind
  readonly nanoseconds: number
}

async function compare(
  kinds: readonly Kind[],
  operations: readonly Operation[],
  count: number,
  rounds: number,
): Promise<Row[]> {
  const threads = await Promise.all(
    kinds.map(async (kind) => {
      const thread = new Worker(fileURLToPath(import.meta.url), { workerData: kind })
      await once(thread, 'message')
      return { kind, thread }
    }),
  )
  const cells = threads.flatMap((one) =>
    operations.map((operation) => ({ ...one, operation, figures: [] as number[] })),
  )
  // The first round warms up.
  for (let round = 0; round <= rounds; round += 1) {
    for (const { thread, operation, figures } of cells) {
      thread.postMessage({ operation, count } satisfies Order)
      const [took] = (await once(thread, 'message')) as [number]
      if (round > 0) figures.push(took)
    }
  }
  for (const { thread } of threads) await thread.terminate()
  return cells.map(({ kind, operation, figures }) => ({
    kind,
    operation,
    nanoseconds: median(figures),
  }))
}

function median(figures: readonly number[]): number {
  return [...figures].sort((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN
}
