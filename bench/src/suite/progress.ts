// A line for each measurement, while the suite runs.

import { rate } from '../report/figures.js'
import type { PlannedCell } from './plan.js'
import type { Sample } from './sample.js'

export class Progress {
  readonly #total: number
  readonly #write: (line: string) => void
  readonly #startedAt = performance.now()
  #finished = 0
  #skipped = 0

  constructor(total: number, write: (line: string) => void) {
    this.#total = total
    this.#write = write
  }

  skip(): void {
    this.#skipped += 1
  }

  done({ round, workload, contestant }: PlannedCell, outcome: Sample | string): void {
    this.#finished += 1
    const at = `${this.#finished + this.#skipped}/${this.#total}`
    const what = typeof outcome === 'string' ? outcome : describe(outcome)
    const name = `${workload.name.padEnd(20)} ${contestant.name.padEnd(28)}`
    this.#write(`${at.padStart(9)} ${this.#left()}  round ${round + 1}  ${name} ${what}`)
  }

  /** By the time that those before took. */
  #left(): string {
    const eachMs = (performance.now() - this.#startedAt) / this.#finished
    const leftS = (eachMs * (this.#total - this.#finished - this.#skipped)) / 1000
    const text = leftS >= 60 ? `${Math.ceil(leftS / 60)} min` : `${Math.ceil(leftS)} s`
    return `${text.padStart(6)} left`
  }
}

function describe({ opsPerSecond, foreignLoad, answeredInTime }: Sample): string {
  const answered = answeredInTime === undefined ? '' : `, ${answeredInTime} answered in time`
  const foreign = foreignLoad > 0.1 ? `, foreign load ${Math.round(foreignLoad * 100)} %` : ''
  return `${rate(opsPerSecond)}/s${answered}${foreign}`
}
