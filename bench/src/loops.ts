// Single against multithreaded loop: the same filesystem and the same clients, one configuration after another,
// in rounds, so that what else the machine does falls on all alike. Prints medians and ratios to `single`.
// Usage: node bench/dist/loops.js [--clients 8] [--seconds 2] [--rounds 3] [--json]

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, loadavg, release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { mount } from '@fuseloop/daemon'

interface Configuration {
  readonly name: string
  readonly loop: 'single' | 'multi'
  readonly workers: number
}

interface Row extends Configuration {
  readonly workload: string
  readonly readsPerSecond: number
  readonly ratioToSingle: number
}

const FILESYSTEM = new URL('./workloads/steady-filesystem.js', import.meta.url)
const CLIENT = fileURLToPath(new URL('./workloads/read-client.js', import.meta.url))
const CONFIGURATIONS: readonly Configuration[] = [
  { name: 'single', loop: 'single', workers: 1 },
  ...[1, 2, 4, 8].map((workers) => ({
    name: `multi, ${workers}`,
    loop: 'multi' as const,
    workers,
  })),
]
const WORKLOADS = [
  { name: 'handler returns at once', block: '0' },
  { name: 'handler blocks 1 ms', block: '1ms' },
] as const

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
})
const clients = Number(values.clients)
const durationMs = Number(values.seconds) * 1000
const rounds = Number(values.rounds)

async function measure(configuration: Configuration, block: string): Promise<number> {
  const mountpoint = mkdtempSync(join(tmpdir(), 'fuseloop-bench-'))
  const { loop, workers } = configuration
  const session = await mount(FILESYSTEM, mountpoint, { loop, workers, set: { block } })
  try {
    const runs = Array.from({ length: clients }, () =>
      promisify(execFile)(process.execPath, [CLIENT, join(mountpoint, 'file'), String(durationMs)]),
    )
    const counts = (await Promise.all(runs)).map(({ stdout }) => Number(stdout))
    return counts.reduce((sum, count) => sum + count, 0) / (durationMs / 1000)
  } finally {
    await session.shutdown()
    rmSync(mountpoint, { recursive: true })
  }
}

function median(figures: readonly number[]): number {
  return [...figures].sort((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN
}

async function compare(workload: (typeof WORKLOADS)[number]): Promise<Row[]> {
  const figures = CONFIGURATIONS.map((): number[] => [])
  for (let round = 0; round < rounds; round++) {
    for (const [index, configuration] of CONFIGURATIONS.entries()) {
      figures[index]?.push(await measure(configuration, workload.block))
    }
  }
  const [single = Number.NaN] = figures.map(median)
  return CONFIGURATIONS.map((configuration, index) => {
    const readsPerSecond = median(figures[index] ?? [])
    return {
      ...configuration,
      workload: workload.name,
      readsPerSecond,
      ratioToSingle: readsPerSecond / single,
    }
  })
}

function print(rows: readonly Row[]): void {
  console.log(`\n${rows[0]?.workload}`)
  console.log(`${'loop, workers'.padEnd(16)}${'reads/s'.padStart(10)}${'to single'.padStart(12)}`)
  for (const { name, readsPerSecond, ratioToSingle } of rows) {
    const ratio = ratioToSingle.toFixed(2)
    console.log(`${name.padEnd(16)}${readsPerSecond.toFixed(0).padStart(10)}${ratio.padStart(12)}`)
  }
}

const machine = `Linux ${release()}, Node ${process.version}, ${availableParallelism()} CPUs`
const load = loadavg()[0]?.toFixed(2)
if (!values.json) {
  console.log(
    `${machine}, load ${load}; ${clients} client processes, 4 KiB reads, median of ${rounds} rounds`,
  )
}
const results: Row[] = []
for (const workload of WORKLOADS) {
  const rows = await compare(workload)
  results.push(...rows)
  if (!values.json) print(rows)
}
if (values.json)
  console.log(JSON.stringify({ machine, load, clients, durationMs, rounds, results }, null, 2))
