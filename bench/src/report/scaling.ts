// How results grow with the number of workers: contestants whose names differ in `-wN` only are one line.

import type { Report } from './report.js'

export interface ScalingPoint {
  readonly workload: string
  /** The name without the number of workers. */
  readonly family: string
  readonly workers: number
  readonly opsPerSecond: number
  /** To the same with one worker. */
  readonly gain: number
}

export function scalingPoints({ results }: Report): ScalingPoint[] {
  const points = results.flatMap(({ workload, contestant, opsPerSecond }) => {
    const [, family, workers] = /^(.*)-w(\d+)$/.exec(contestant) ?? []
    return family === undefined
      ? []
      : [{ workload, family, workers: Number(workers), opsPerSecond }]
  })
  return points.flatMap((point) => {
    const one = points.find(
      ({ workload, family, workers }) =>
        workers === 1 && workload === point.workload && family === point.family,
    )
    return one === undefined ? [] : [{ ...point, gain: point.opsPerSecond / one.opsPerSecond }]
  })
}
