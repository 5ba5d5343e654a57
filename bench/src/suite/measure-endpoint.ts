// A measurement without a mount: a process of its own that has all in it.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Contestant } from '../contestants/contestant.js'
import type { EndpointAnswer, EndpointOrder } from '../contestants/endpoint-order.js'
import { NotAvailable } from '../contestants/not-available.js'
import type { Workload } from '../workloads/workload.js'
import type { BenchContext } from './bench-context.js'
import type { Sample } from './sample.js'

const MAIN = fileURLToPath(new URL('../contestants/endpoint-main.js', import.meta.url))
const GRACE_MS = 60_000

/** @throws NotAvailable when the endpoint refuses */
export async function measureEndpoint(
  { durations }: BenchContext,
  { set }: Workload,
  { endpoint = 'ring', workers }: Contestant,
): Promise<Sample> {
  const { seconds } = durations
  const order: EndpointOrder = { transport: endpoint, workers: workers ?? 1, set, seconds }
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, JSON.stringify(order)], {
    // The number of requests comes from a short trial, so it may take some times as long.
    timeout: 10 * seconds * 1000 + GRACE_MS,
    killSignal: 'SIGKILL',
  })
  const answer = JSON.parse(stdout) as EndpointAnswer
  if ('refused' in answer) throw new NotAvailable(answer.refused)
  return { ...answer, rssMiB: 0, foreignLoad: 0 }
}
