// Run by life-cycle.test.ts: brings a session to a stage, with one worker thread, and ends it in a given way.
// Without a mountpoint a queue stands in for the kernel, and a load runs on it unless a request is held.
// Everything that ends in an orderly way must let this process end by itself with code 0.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { routingTable } from '@fuseloop/core/dispatch'
import {
  encodeInitOut,
  encodeOutHeader,
  FuseInitOut,
  FuseOutHeader,
  WireWriter,
} from '@fuseloop/core/protocol'
import {
  PAGE_SIZE,
  payloadSizeFor,
  RequestRing,
  type RingMemory,
  ringByteLength,
  SlotHeader,
} from '@fuseloop/core/ring'
import { decodeQueueEvents, loadNativeBinding, type NativeSession } from '@fuseloop/native'

export const STAGES = [
  'loaded',
  'session',
  'attached',
  'mounted',
  'initialized',
  'serving',
  'handling',
  'unmounted',
  'closed',
] as const
export type Stage = (typeof STAGES)[number]
export const ENDINGS = ['exit', 'terminate', 'worker-exit', 'worker-throw', 'none'] as const
export type Ending = (typeof ENDINGS)[number]

interface Seat {
  readonly session: number
  readonly memory: RingMemory
  readonly attaches: boolean
  readonly holdsRequest: boolean
}

const binding = loadNativeBinding()
type NativeQueue = InstanceType<typeof binding.NativeQueue>
const MOUNT = {
  source: 'life',
  subtype: 'fuseloop',
  kernelOptions: [],
  flagOptions: [],
  helper: '',
}
const EIO_TEXT = 'Input/output error'

if (isMainThread)
  await main(process.argv[2] as Stage, process.argv[3] as Ending, process.argv[4] ?? '')
else worker(workerData as Seat)

async function main(stage: Stage, ending: Ending, mountpoint: string): Promise<void> {
  const reaches = (other: Stage): boolean => STAGES.indexOf(stage) >= STAGES.indexOf(other)
  const { memory, ring } = createRing()
  const native = reaches('session')
    ? new binding.NativeSession(ring.bytes, routingTable(), false)
    : undefined
  const seat: Seat = {
    session: native?.id ?? 0,
    memory,
    attaches: reaches('attached'),
    holdsRequest: stage === 'handling',
  }
  const thread = new Worker(fileURLToPath(import.meta.url), { workerData: seat, stderr: true })
  thread.on('error', () => undefined)
  const exited = new Promise((resolve) => thread.once('exit', resolve))
  await once(thread, 'message')
  const queue = mountpoint === '' && reaches('mounted') ? openQueue() : undefined
  if (native !== undefined) await bringTo(native, queue ?? mountpoint, reaches)
  if (stage === 'handling') await startClient(thread, mountpoint, queue)
  if (ending === 'exit') process.exit(0)
  if (ending === 'terminate') await thread.terminate()
  else thread.postMessage(ending)
  await exited
  if (reaches('mounted') && !reaches('unmounted')) await native?.unmount(true)
  native?.close()
}

function createRing(): { memory: RingMemory; ring: RequestRing } {
  const geometry = { slotCount: 8, workerCount: 1, payloadSize: payloadSizeFor(131072, 32) }
  const buffer = new SharedArrayBuffer(ringByteLength(geometry) + PAGE_SIZE)
  const memory = { buffer, base: binding.pageOffset(new Uint8Array(buffer)) }
  return { memory, ring: RequestRing.create(memory, geometry) }
}

async function bringTo(
  native: NativeSession,
  mountpoint: string | NativeQueue,
  reaches: (stage: Stage) => boolean,
): Promise<void> {
  if (!reaches('mounted')) return
  const init =
    typeof mountpoint === 'string'
      ? await native.mount({ ...MOUNT, mountpoint })
      : await native.attachQueue(mountpoint)
  if (!reaches('initialized')) return
  native.writeInit(initReply(init))
  if (!reaches('serving')) return
  native.start(
    () => undefined,
    [],
    () => undefined,
    '',
  )
  const holdsOne = reaches('handling') && !reaches('unmounted')
  if (typeof mountpoint !== 'string' && !holdsOne)
    mountpoint.repeat(request(1), 0, 0, 4, Number.MAX_SAFE_INTEGER).catch(() => undefined)
  if (reaches('unmounted')) await native.unmount(false)
  if (reaches('closed')) native.close()
}

/** As the kernel's side of a mount. */
function openQueue(): NativeQueue {
  const queue = new binding.NativeQueue((batch) => {
    for (const event of decodeQueueEvents(batch)) {
      if (event.kind === 'settled' && event.error === -5) process.stdout.write(EIO_TEXT)
    }
  })
  queue.mount(request(26))
  return queue
}

/** Any request: nobody here looks at more than its header. */
function request(opcode: number): Buffer {
  const message = Buffer.alloc(104)
  message.writeUInt32LE(message.length, 0)
  message.writeUInt32LE(opcode, 4)
  return message
}

/** A client, as a rule a stat(1), whose request the worker takes and keeps; it must end with an error, not hang. */
async function startClient(
  thread: Worker,
  mountpoint: string,
  queue: NativeQueue | undefined,
): Promise<void> {
  if (queue !== undefined) {
    queue.send(request(3), 0, 0, 0)
    await once(thread, 'message')
    return
  }
  const client = spawn('stat', [mountpoint], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { LC_ALL: 'C' },
  })
  client.stderr.setEncoding('utf8').on('data', (text: string) => process.stdout.write(text))
  await once(thread, 'message')
}

function initReply(init: Buffer): Uint8Array {
  const reply = new Uint8Array(FuseOutHeader.byteLength + FuseInitOut.byteLength)
  const writer = new WireWriter(new DataView(reply.buffer), reply)
  writer.reset(0, reply.byteLength)
  encodeOutHeader(writer, reply.byteLength, 0, init.readUInt32LE(8), init.readUInt32LE(12))
  encodeInitOut(writer, FuseOutHeader.byteLength, {
    major: 7,
    minor: 31,
    maxReadahead: 131072,
    flagsLow: 0,
    flagsHigh: 0,
    maxBackground: 0,
    congestionThreshold: 0,
    maxWrite: 131072,
    timeGranularity: 1,
    maxPages: 32,
  })
  return reply
}

function worker(seat: Seat): void {
  if (seat.attaches) attach(seat)
  parentPort?.postMessage('ready')
  parentPort?.once('message', (ending: Ending) => {
    if (ending === 'worker-exit') process.exit(0)
    if (ending === 'worker-throw') throw new Error('planned')
    if (seat.attaches) process.exit(0)
  })
}

function attach(seat: Seat): void {
  const ring = RequestRing.open(seat.memory)
  const calls = binding.attachWorker(seat.session, 0, ring.bytes, () => {
    for (let slot = calls.next(); slot >= 0; slot = calls.next()) {
      if (seat.holdsRequest) {
        parentPort?.postMessage('handling')
        continue
      }
      ring.words[(ring.slotOffset(slot) + SlotHeader.error) >>> 2] = -5
      calls.finish(slot)
    }
  })
}
