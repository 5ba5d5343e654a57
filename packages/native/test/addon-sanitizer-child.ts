// Run by addon-sanitizer.test.ts, with the addon built for AddressSanitizer: serves a real mount with the
// whole request path, under load, and ends it in a given way; or commits a planted fault.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { routingTable } from '@fuseloop/core/dispatch'
import { FuseInitOut, FuseOutHeader } from '@fuseloop/core/protocol'
import {
  PAGE_SIZE,
  payloadSizeFor,
  RequestRing,
  type RingMemory,
  ringByteLength,
} from '@fuseloop/core/ring'
import { loadNativeBinding, type NativeSession } from '@fuseloop/native'
import { serveOnSeat } from './seat-server.js'

/** quiet: until the load ends; terminate: a worker in the midst of it; exit: the process in the midst of it. */
export type Errand = 'quiet' | 'terminate' | 'exit' | 'overflow' | 'leak'

interface Seat {
  readonly session: number
  readonly worker: number
  readonly memory: RingMemory
}

interface PlantedFaults {
  plantedOverflow(length: number): void
  plantedLeak(length: number): void
}

const WORKERS = 2
const CLIENTS = 3
const MAX_WRITE = 131072
/** Requests after which a worker says that the load has reached it. */
const BUSY = 30

// For the programs that are started from here.
delete process.env['LD_PRELOAD']

const binding = loadNativeBinding()

if (isMainThread) await main(process.argv[2] as Errand, process.argv[3] ?? '')
else if (workerData === 'overflow') planted().plantedOverflow(13)
else work(workerData as Seat)

function planted(): PlantedFaults {
  return binding as typeof binding & PlantedFaults
}

async function main(errand: Errand, mountpoint: string): Promise<void> {
  if (errand === 'leak') planted().plantedLeak(4321)
  else if (errand === 'overflow') await once(startWorker('overflow'), 'exit')
  else await serve(errand, mountpoint)
}

function startWorker(seat: Seat | 'overflow'): Worker {
  return new Worker(fileURLToPath(import.meta.url), { workerData: seat })
}

async function serve(errand: Errand, mountpoint: string): Promise<void> {
  const geometry = {
    slotCount: 8,
    workerCount: WORKERS,
    payloadSize: payloadSizeFor(MAX_WRITE, 32),
  }
  const buffer = new SharedArrayBuffer(ringByteLength(geometry) + PAGE_SIZE)
  const memory = { buffer, base: binding.pageOffset(new Uint8Array(buffer)) }
  const ring = RequestRing.create(memory, geometry)
  const native = new binding.NativeSession(ring.bytes, routingTable(), false)
  process.once('exit', () => native.endNow())
  const seats = Array.from({ length: WORKERS }, (_, worker) => ({
    session: native.id,
    worker,
    memory,
  }))
  const workers = seats.map((seat) => startWorker(seat))
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  await mount(native, mountpoint)
  const clients = Promise.all(Array.from({ length: CLIENTS }, () => runClient(mountpoint)))
  const [first] = workers as [Worker]
  if (errand !== 'quiet') await once(first, 'message')
  if (errand === 'exit') process.exit(0)
  if (errand === 'terminate') await replace(first, seats[0] as Seat)
  const codes = await clients
  if (errand === 'quiet' && codes.some((code) => code !== 0)) {
    console.log(`clients ended with ${codes.join()}`)
    process.exitCode = 1
  }
  await native.unmount(false)
  native.close()
}

async function mount(native: NativeSession, mountpoint: string): Promise<void> {
  const init = await native.mount({
    mountpoint,
    source: 'sanitized',
    subtype: 'fuseloop',
    kernelOptions: [],
    flagOptions: [],
    helper: '',
  })
  native.writeInit(initReply(init))
  native.start(
    () => undefined,
    [],
    () => undefined,
    '',
  )
  await native.waitUntilAnswering()
}

/** Terminates a busy worker and waits until the one that takes its seat is busy too. */
async function replace(worker: Worker, seat: Seat): Promise<void> {
  await worker.terminate()
  const next = startWorker(seat)
  await once(next, 'message')
  await once(next, 'message')
}

/** Everything that the handlers of seat-server.ts know, several times. */
async function runClient(mountpoint: string): Promise<number | null> {
  const round = [
    'ls -l . >/dev/null',
    'cat f1 f2 >/dev/null',
    'dd if=/dev/zero of=f3 bs=64k count=4 conv=notrunc,fsync status=none',
    ': >new && rm -f new',
    'mv f4 f5',
  ].join(' && ')
  const script = `cd ${mountpoint} && for i in 1 2 3 4; do ${round} || failed=1; done; exit $failed`
  const client = spawn('timeout', ['200', 'sh', '-c', script], { stdio: 'ignore' })
  const [code] = (await once(client, 'close')) as [number | null]
  return code
}

function initReply(init: Buffer): Uint8Array {
  const reply = Buffer.alloc(FuseOutHeader.byteLength + FuseInitOut.byteLength)
  const body = reply.subarray(FuseOutHeader.byteLength)
  reply.writeUInt32LE(reply.byteLength, FuseOutHeader.len)
  init.copy(reply, FuseOutHeader.unique, 8, 16)
  body.writeUInt32LE(7, FuseInitOut.major)
  body.writeUInt32LE(31, FuseInitOut.minor)
  body.writeUInt32LE(MAX_WRITE, FuseInitOut.maxWrite)
  body.writeUInt32LE(1, FuseInitOut.timeGran)
  return reply
}

function work({ session, worker, memory }: Seat): void {
  const ring = RequestRing.open(memory)
  let answers = 0
  serveOnSeat(binding, session, worker, ring, () => {
    answers += 1
    if (answers === BUSY) parentPort?.postMessage('busy')
  })
  parentPort?.postMessage('ready')
}
