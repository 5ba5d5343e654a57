// The command line of the suite.

import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import type { Durations } from './bench-context.js'

export interface SuiteOptions {
  readonly quick: boolean
  readonly list: boolean
  readonly help: boolean
  readonly workloads: readonly string[]
  readonly peers: readonly string[]
  readonly rounds: number
  readonly durations: Durations
  /** Where the source of loopbacks is made. */
  readonly directory: string
  /** A report of an earlier run, to show without a new one. */
  readonly from: string | undefined
  readonly json: string | undefined
  readonly html: string | undefined
  readonly markdown: string | undefined
}

export const USAGE = `Usage: npm run bench -- [OPTIONS]

  --quick            the headline rows, in less than 5 minutes
  --workload A,B     only these workloads
  --peer X,Y         only these contestants and references
  --list             names of workloads, contestants and references
  --rounds N         how often each is measured, in turns (5; quick: 1)
  --seconds S        how long each measurement counts (0.5; quick: 0.25)
  --idle-seconds S   how long idle daemons are watched (30; quick: 5)
  --settle-seconds S how long they are left alone before that (60; quick: 30)
  --directory DIR    where the directory for loopbacks is made (the system's for temporary files)
  --json FILE        writes the report as JSON
  --html FILE        writes the report as a page with charts
  --markdown FILE    writes the results between the markers of a document
  --from FILE        reads the report of an earlier run in place of a new run`

/** @throws TypeError for what is no option, or no number */
export function readOptions(args: readonly string[]): SuiteOptions {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{ quick: flag, list: flag, help: flag, workload: text, peer: text, rounds: text },
      ...{ seconds: text, 'idle-seconds': text, 'settle-seconds': text },
      ...{ directory: text, from: text },
      ...{ json: text, html: text, markdown: text },
    },
  })
  const { quick } = values
  const seconds = number('--seconds', values.seconds, quick ? 0.25 : 0.5)
  return {
    ...{ quick, list: values.list, help: values.help },
    ...{ from: values.from, json: values.json, html: values.html, markdown: values.markdown },
    workloads: names(values.workload),
    peers: names(values.peer),
    rounds: Math.ceil(number('--rounds', values.rounds, quick ? 1 : 5)),
    durations: {
      warmupSeconds: Math.min(0.5, seconds),
      seconds,
      // V8 tidies up each heap once after its start, however idle: see docs/performance.md.
      settleSeconds: number('--settle-seconds', values['settle-seconds'], quick ? 30 : 60),
      idleSeconds: number('--idle-seconds', values['idle-seconds'], quick ? 5 : 30),
    },
    directory: values.directory ?? tmpdir(),
  }
}

function names(list: string | undefined): string[] {
  return list?.split(',').filter((name) => name !== '') ?? []
}

function number(option: string, text: string | undefined, fallback: number): number {
  const value = text === undefined ? fallback : Number(text)
  if (value > 0 && Number.isFinite(value)) return value
  throw new TypeError(`${option}: '${text}' is not a number above 0`)
}
