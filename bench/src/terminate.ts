// How long terminate() takes to end a worker's thread that has a seat in a session: from the call to the thread's
// exit, with the seat free again. States take turns in rounds; figures are medians, and the longest.
// Usage: node bench/dist/terminate.js [--rounds 20] [--json]

import { once } from 'node:events'
import { availableParallelism, loadavg, release } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { routingTable } from '@fuseloop/core/dispatch'
import { PAGE_SIZE, RequestRing, type RingMemory, ringByteLength } from '@fuseloop/core/ring'
import { loadNativeBinding } from '@fuseloop/native'

const STATES = {
  'waits for requests': () => undefined,
  'runs JavaScript': () => {
    for (;;) Math.random()
  },
  'waits in Atomics.wait': () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
} as const
type State = keyof typeof STATES

interface Seat {
  readonly state: State
  readonly session: number
  readonly memory: RingMemory
}

const binding = loadNativeBinding()
if (isMainThread) await main()
else serve(workerData as Seat)

function serve({ state, session, memory }: Seat): void {
  binding.attachWorker(session, 0, RequestRing.open(memory).bytes, () => undefined)
  parentPort?.postMessage('seated')
  setImmediate(STATES[state])
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '20' },
      json: { type: 'boolean', default: false },
    },
  })
  const took = new Map(Object.keys(STATES).map((state) => [state as State, [] as number[]]))
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const [state, figures] of took) figures.push(await measure(state))
  }
  const rows = [...took].map(([state, figures]) => summary(state, figures))
  const machine = `Linux ${release()}, Node ${process.version}, ${availableParallelism()} CPUs`
  const load = loadavg()[0]?.toFixed(2)
  if (values.json) {
    console.log(JSON.stringify({ machine, load, rounds: Number(values.rounds), rows }, null, 2))
    return
  }
  console.log(`${machine}, load ${load}; ${values.rounds} rounds\n`)
  console.log('worker                  median ms  longest ms')
  for (const { state, medianMs, longestMs } of rows) {
    const figures = [medianMs, longestMs].map((ms) => ms.toFixed(1).padStart(11)).join(' ')
    console.log(`${state.padEnd(21)}${figures}`)
  }
}

async function measure(state: State): Promise<number> {
  const geometry = { slotCount: 4, workerCount: 1, payloadSize: PAGE_SIZE }
  const buffer = new SharedArrayBuffer(ringByteLength(geometry) + PAGE_SIZE)
  const memory = { buffer, base: binding.pageOffset(new Uint8Array(buffer)) }
  const ring = RequestRing.create(memory, geometry)
  const native = new binding.NativeSession(ring.bytes, routingTable(), false)
  const seat: Seat = { state, session: native.id, memory }
  const thread = new Worker(fileURLToPath(import.meta.url), { workerData: seat })
  await once(thread, 'message')
  const started = performance.now()
  await thread.terminate()
  const took = performance.now() - started
  if (!native.isSeatFree(0)) throw new Error(`${state}: the seat is not free`)
  native.close()
  return took
}

function summary(state: State, figures: readonly number[]) {
  const sorted = [...figures].sort((a, b) => a - b)
  const medianMs = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  return { state, medianMs, longestMs: sorted.at(-1) ?? Number.NaN }
}
