// The benchmark suite: fuseloop on all its transports beside C on libfuse and other frameworks, in turns.
// Usage and options: suite/suite-options.ts; workloads, contestants and method: docs/performance.md.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { allContestants } from './contestants/all-contestants.js'
import type { Contestant } from './contestants/contestant.js'
import { burnRounds } from './filesystems/burn-cpu.js'
import { compileFolder, sourceFolder } from './machine/compile.js'
import { allowedCpus, machineFacts } from './machine/machine-facts.js'
import { mountFusectl } from './machine/mounts.js'
import { switchUringOn } from './machine/uring-switch.js'
import { htmlReport } from './report/html.js'
import { withResults } from './report/markdown.js'
import type { Report } from './report/report.js'
import { ratiosTo } from './report/summarize.js'
import { terminalReport } from './report/terminal.js'
import type { BenchContext, Running } from './suite/bench-context.js'
import { chosen, type PlannedCell, planCells } from './suite/plan.js'
import { Progress } from './suite/progress.js'
import { runSuite } from './suite/run-suite.js'
import { makeSource } from './suite/source-directory.js'
import { readOptions, type SuiteOptions, USAGE } from './suite/suite-options.js'
import { ALL_WORKLOADS } from './workloads/all-workloads.js'
import type { Workload } from './workloads/workload.js'

/** Contestants that others are compared with, besides the references. */
const COMPARED_WITH = ['fuse-native', 'loopback-fuse-native', 'fuseloop-single']

/** What takes seconds each time is measured once: a stuck handler takes 2 s, and an idle daemon is watched for 5. */
const ONCE: readonly Workload['kind'][] = ['stuck', 'idle']

const options = readOptions(process.argv.slice(2))
if (options.help) console.log(USAGE)
else if (options.list) listNames()
else await reportOn(options)

function listNames(): void {
  console.log(ALL_WORKLOADS.map(({ name, title }) => `${name.padEnd(24)} ${title}`).join('\n'))
  console.log()
  console.log(
    allContestants()
      .map(({ name, role }) => `${name.padEnd(32)} ${role}`)
      .join('\n'),
  )
}

async function reportOn(options: SuiteOptions): Promise<void> {
  const report =
    options.from === undefined
      ? await run(options)
      : (JSON.parse(readFileSync(options.from, 'utf8')) as Report)
  console.log(terminalReport(report))
  await writeReports(report, options)
}

async function writeReports(report: Report, { json, html, markdown }: SuiteOptions): Promise<void> {
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`)
  if (html !== undefined) writeFileSync(html, await htmlReport(report))
  if (markdown === undefined) return
  const document = existsSync(markdown) ? readFileSync(markdown, 'utf8') : ''
  writeFileSync(markdown, withResults(document, report))
}

async function run(options: SuiteOptions): Promise<Report> {
  const workloads = chosen(ALL_WORKLOADS, options.workloads, 'workload').filter(
    ({ isQuick }) => isQuick || !options.quick || options.workloads.length > 0,
  )
  const contestants = chosen(allContestants(), options.peers, 'contestant').filter(
    ({ isQuick }) => isQuick || !options.quick || options.peers.length > 0,
  )
  const cells = planCells(workloads, contestants, options.rounds).filter(
    (cell) => !options.quick || isHeadline(cell),
  )
  const putBack = switchUringOn()
  const machine = machineFacts(options.directory)
  mountFusectl()
  const source = makeSource(options.directory)
  const running = new Set<Running>()
  const end = (): void => {
    for (const one of running) one.destroyNow()
    source.remove()
    putBack()
  }
  endOnSignals(end)
  try {
    const context: BenchContext = {
      durations: options.durations,
      client: compileFolder(sourceFolder('clients'), 'client'),
      source: source.path,
      burnRounds: burnRounds(100),
      cpus: allowedCpus(),
      running,
    }
    const progress = new Progress(cells.length, (line) => console.error(line))
    const gathered = await runSuite(context, cells, progress)
    return {
      machine,
      method: {
        quick: options.quick,
        rounds: options.rounds,
        ...options.durations,
        burnRounds: context.burnRounds,
      },
      ...gathered,
      ratios: ratiosOf(contestants, gathered),
    }
  } finally {
    end()
  }
}

/** What many workers are for is a headline, that they are of no use elsewhere is not. */
function isHeadline({ round, workload, contestant }: PlannedCell): boolean {
  if (ONCE.includes(workload.kind) && round > 0) return false
  return !contestant.onlyScaling || workload.handlers !== 'any'
}

/** Rates of doing nothing, or while all wait, are no measure of speed. */
function ratiosOf(contestants: readonly Contestant[], { results }: Pick<Report, 'results'>) {
  const references = contestants.filter(
    ({ name, role }) => role === 'reference' || COMPARED_WITH.includes(name),
  )
  const rated = ALL_WORKLOADS.filter(({ kind }) => kind === 'clients' || kind === 'start')
  const names = new Set(rated.map(({ name }) => name))
  return ratiosTo(
    references,
    results.filter(({ workload }) => names.has(workload)),
  )
}

function endOnSignals(end: () => void): void {
  process.once('exit', end)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      end()
      process.kill(process.pid, signal)
    })
  }
}
