// From samples to results and ratios.

import type { Contestant } from '../contestants/contestant.js'
import type { Sample } from '../suite/sample.js'
import type { Ratio, Result } from './report.js'

function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b)
  const middle = sorted.length / 2
  const low = sorted[Math.ceil(middle) - 1] ?? Number.NaN
  const high = sorted[Math.floor(middle)] ?? Number.NaN
  return (low + high) / 2
}

/** @param samples one for each round, at least one */
export function summarize(
  workload: string,
  { name: contestant, serves }: Contestant,
  samples: readonly Sample[],
): Result {
  const of = (read: (sample: Sample) => number): number[] => samples.map(read)
  const rates = of(({ opsPerSecond }) => opsPerSecond)
  const foreign = of(({ foreignLoad }) => foreignLoad)
  const answered = samples.flatMap(({ answeredInTime }) => answeredInTime ?? [])
  return {
    workload,
    contestant,
    serves,
    opsPerSecond: median(rates),
    p50Us: median(of(({ p50Us }) => p50Us)),
    p99Us: median(of(({ p99Us }) => p99Us)),
    cpuUsPerOp: median(of(({ cpuUsPerOp }) => cpuUsPerOp)),
    rounds: samples.length,
    min: Math.min(...rates),
    max: Math.max(...rates),
    rssMiB: median(of(({ rssMiB }) => rssMiB)),
    foreignLoad: median(foreign),
    foreignLoadMax: Math.max(...foreign),
    ...(answered.length > 0 && { answeredInTime: Math.min(...answered) }),
  }
}

/** Each result against each reference of its workload that serves the same filesystem. */
export function ratiosTo(references: readonly Contestant[], results: readonly Result[]): Ratio[] {
  return results.flatMap(({ workload, contestant, serves, opsPerSecond }) =>
    results
      .filter((other) => other.workload === workload && other.contestant !== contestant)
      .filter((other) => other.serves === serves)
      .filter((other) => references.some(({ name }) => name === other.contestant))
      .map((other) => ({
        workload,
        contestant,
        reference: other.contestant,
        ratio: opsPerSecond / other.opsPerSecond,
      })),
  )
}
