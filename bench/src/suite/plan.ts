// Which measurements a run makes, and in which order.

import type { Contestant } from '../contestants/contestant.js'
import { isMeasuredBy, type Workload } from '../workloads/workload.js'

export interface PlannedCell {
  readonly round: number
  readonly workload: Workload
  readonly contestant: Contestant
}

/** Once is enough for what takes long and hardly differs. */
const ONE_ROUND = new Set<Workload['kind']>(['idle'])

/** @throws TypeError naming those that are not there */
export function chosen<T extends { readonly name: string }>(
  all: readonly T[],
  names: readonly string[],
  what: string,
): readonly T[] {
  const unknown = names.filter((name) => !all.some((one) => one.name === name))
  if (unknown.length > 0) throw new TypeError(`no such ${what}: ${unknown.join(', ')} (--list)`)
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name))
}

/**
 * Round by round; in a round, workload by workload, all contestants one after another, so that what else the machine
 * does falls on all alike. Each round begins with another contestant: none always comes behind the same one.
 */
export function planCells(
  workloads: readonly Workload[],
  contestants: readonly Contestant[],
  rounds: number,
): PlannedCell[] {
  return Array.from({ length: rounds }, (_, round) =>
    workloads
      .filter(({ kind }) => round === 0 || !ONE_ROUND.has(kind))
      .flatMap((workload) => {
        const measured = contestants.filter((contestant) => isMeasuredBy(workload, contestant))
        return rotated(measured, round).map((contestant) => ({ round, workload, contestant }))
      }),
  ).flat()
}

function rotated<T>(list: readonly T[], by: number): T[] {
  const start = list.length === 0 ? 0 : by % list.length
  return [...list.slice(start), ...list.slice(0, start)]
}
