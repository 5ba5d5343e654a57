// The C client of ./client.c as a process.

import { type ChildProcess, spawn } from 'node:child_process'
import type { ClientWork } from '../workloads/workload.js'

/** How long it may take beyond what it was told to. */
const GRACE_MS = 60_000
/** What a client of one operation says on stderr before it. */
const PREPARED = 'prepared\n'

export interface ClientOrder {
  readonly work: ClientWork
  readonly directory: string
  readonly fileSize: number
  /** O_DIRECT. */
  readonly direct: boolean
  readonly warmupSeconds: number
  readonly seconds: number
  /** The process whose CPU time is read; undefined for none. */
  readonly daemon?: number | undefined
  /** The only CPU it may use. */
  readonly cpu?: number | undefined
  /** One operation of each thread, in place of as many as there is time for. */
  readonly once?: boolean
}

/** What it prints. Times of CPUs are those of the time in which operations were counted. */
export interface ClientResult {
  readonly operations: number
  /** From the first operation that counts to the end of the last. */
  readonly seconds: number
  readonly p50Us: number
  readonly p99Us: number
  readonly daemonCpuUs: number
  readonly clientCpuUs: number
  /** All CPUs together. */
  readonly machineCpuUs: number
  readonly wallUs: number
  /** Of each thread. */
  readonly longestUs: readonly number[]
}

/**
 * Runs a client to its end.
 * @param onLate must make the kernel answer what the client waits for: else it cannot be killed
 * @param onPrepared called, with `once`, when its files are open: what comes next is the operation
 * @throws what it says on stderr when it fails
 */
export async function runClient(
  program: string,
  order: ClientOrder,
  onLate: () => void,
  onPrepared: () => void = () => undefined,
): Promise<ClientResult> {
  const child = spawn(program, clientArguments(order), { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stderr.once('data', onPrepared)
  const output = collect(child)
  const timer = setTimeout(
    () => {
      onLate()
      child.kill('SIGKILL')
    },
    (order.warmupSeconds + order.seconds) * 1000 + GRACE_MS,
  )
  const { code, signal, stdout, stderr } = await output
  clearTimeout(timer)
  if (code === 0) return JSON.parse(stdout) as ClientResult
  const said = stderr.replace(PREPARED, '').trim()
  throw new Error(signal === null ? said : `the client was late: ${said}`)
}

function clientArguments(order: ClientOrder): string[] {
  const { work } = order
  return [
    ...['--action', work.action, '--directory', order.directory, '--file', work.file],
    ...['--size', String(work.size), '--threads', String(work.threads)],
    ...['--file-size', String(order.fileSize), '--warmup', String(order.warmupSeconds)],
    ...['--seconds', String(order.seconds)],
    ...(order.daemon === undefined ? [] : ['--daemon', String(order.daemon)]),
    ...(order.cpu === undefined ? [] : ['--cpu', String(order.cpu)]),
    ...(order.direct ? ['--direct'] : []),
    ...(order.once === true ? ['--once'] : []),
  ]
}

interface Output {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

function collect(child: ChildProcess): Promise<Output> {
  const text = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream]?.setEncoding('utf8').on('data', (data: string) => {
      text[stream] += data
    })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, ...text }))
  })
}
