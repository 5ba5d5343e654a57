// What a report says in words, the same in all its forms.

import { duration, percent } from './figures.js'
import type { Report } from './report.js'

export function machineText({ machine }: Report): string {
  const { date, kernel, node, libfuse, cpus, cpu, memoryMiB, virtualization, load } = machine
  const kind = virtualization === 'none' ? '' : `, ${virtualization}`
  const uring = machine.uring ? 'FUSE over io_uring on' : 'no FUSE over io_uring'
  return (
    `${date.slice(0, 10)}: ${kernel}, ${cpus} CPUs (${cpu}${kind}), ${(memoryMiB / 1024).toFixed(0)} GiB; ` +
    `node ${node}, libfuse ${libfuse}, ${uring}; directories on ${machine.directoryType}; ` +
    `load before the run ${load.toFixed(2)}.`
  )
}

export function methodText({ method, results }: Report): string {
  const foreign = Math.max(0, ...results.map(({ foreignLoadMax }) => foreignLoadMax))
  return (
    `Medians of ${method.rounds} rounds of ${method.seconds} s after ${duration(method.warmupSeconds * 1e6)} of warm-up, ` +
    `contestants in turns within each round; ratios are of medians of this run. ` +
    `Others had at most ${percent(foreign)} of all CPUs during a measurement.`
  )
}

export function missingTexts({ notAvailable, failures }: Report): string[] {
  return [
    ...notAvailable.map(({ contestant, reason }) => `${contestant}: not available: ${reason}`),
    ...failures.map(
      ({ workload, contestant, message }) => `${workload} on ${contestant} failed: ${message}`,
    ),
  ]
}
