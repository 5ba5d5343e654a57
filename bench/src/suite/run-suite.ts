// Runs all that is planned and gathers what came of it. A contestant that is not there is left out and named; a
// measurement that fails is named, and the others go on.

import type { Configuration, Contestant } from '../contestants/contestant.js'
import type { DaemonProcess } from '../contestants/daemon-process.js'
import { NotAvailable } from '../contestants/not-available.js'
import type { Failure, Report, Result } from '../report/report.js'
import { summarize } from '../report/summarize.js'
import type { BenchContext } from './bench-context.js'
import { measureCell } from './measure-cell.js'
import type { PlannedCell } from './plan.js'
import type { Progress } from './progress.js'
import type { Sample } from './sample.js'

export type Gathered = Pick<Report, 'configurations' | 'results' | 'notAvailable' | 'failures'>

export async function runSuite(
  context: BenchContext,
  cells: readonly PlannedCell[],
  progress: Progress,
): Promise<Gathered> {
  const gatherer = new Gatherer(context)
  const measure = async (cell: PlannedCell): Promise<void> => {
    if (gatherer.isLeftOut(cell)) progress.skip()
    else progress.done(cell, await gatherer.measure(cell))
  }
  for (const cell of cells.filter(({ workload }) => workload.kind !== 'idle')) await measure(cell)
  // Side by side: none disturbs another by doing nothing.
  await Promise.all(cells.filter(({ workload }) => workload.kind === 'idle').map(measure))
  return gatherer.gathered()
}

class Gatherer {
  readonly #context: BenchContext
  readonly #samples = new Map<string, { cell: PlannedCell; samples: Sample[] }>()
  readonly #configurations = new Map<string, Configuration>()
  readonly #notAvailable = new Map<string, string>()
  readonly #failures: Failure[] = []

  constructor(context: BenchContext) {
    this.#context = context
  }

  /** What has failed once is not tried in later rounds. */
  isLeftOut({ workload, contestant }: PlannedCell): boolean {
    return (
      this.#notAvailable.has(contestant.name) ||
      this.#failures.some(
        (failure) => failure.workload === workload.name && failure.contestant === contestant.name,
      )
    )
  }

  /** @returns what to say of it: the sample, or why there is none */
  async measure(cell: PlannedCell): Promise<Sample | string> {
    const { round, workload, contestant } = cell
    const context = this.#context
    try {
      const sample = await measureCell(context, workload, contestant, (daemon) =>
        this.#learn(contestant, daemon),
      )
      if (!this.#configurations.has(contestant.name)) this.#learn(contestant, undefined)
      this.#keep(cell, sample)
      return sample
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      if (error instanceof NotAvailable) {
        this.#notAvailable.set(contestant.name, message)
        return `not available: ${message}`
      }
      this.#failures.push({
        workload: workload.name,
        contestant: contestant.name,
        round: round + 1,
        message,
      })
      return `failed: ${message}`
    }
  }

  gathered(): Gathered {
    return {
      configurations: Object.fromEntries(this.#configurations),
      results: [...this.#samples.values()].map(
        ({ cell, samples }): Result => summarize(cell.workload.name, cell.contestant, samples),
      ),
      notAvailable: [...this.#notAvailable].map(([contestant, reason]) => ({ contestant, reason })),
      failures: this.#failures,
    }
  }

  #keep(cell: PlannedCell, sample: Sample): void {
    const key = `${cell.workload.name} ${cell.contestant.name}`
    const row = this.#samples.get(key)
    if (row === undefined) this.#samples.set(key, { cell, samples: [sample] })
    else row.samples.push(sample)
  }

  #learn(contestant: Contestant, daemon: DaemonProcess | undefined): void {
    if (this.#configurations.has(contestant.name)) return
    const report = daemon?.report
    this.#configurations.set(contestant.name, {
      workers: report?.workers ?? contestant.workers,
      entries: report?.entries ?? contestant.entries,
      cpuMask: this.#context.cpus.join(','),
      flags: [...contestant.flags, ...(report?.flags ?? [])],
    })
  }
}
