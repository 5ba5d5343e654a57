// The tables of a report, as cells: one for each workload and kind of filesystem.

import { duration, percent, rate } from './figures.js'
import type { Report, Result } from './report.js'

export interface ResultTable {
  readonly title: string
  /** Rows of cells; the first one is the header. */
  readonly table: readonly (readonly string[])[]
}

export function resultTables(report: Report): ResultTable[] {
  const workloads = [...new Set(report.results.map(({ workload }) => workload))]
  return workloads.flatMap((workload) => {
    const rows = report.results.filter((result) => result.workload === workload)
    const kinds = [...new Set(rows.map(({ serves }) => serves))]
    return kinds.map((kind) => ({
      title: kinds.length > 1 ? `${workload}, ${kind}` : workload,
      table: tableOf(
        report,
        rows.filter(({ serves }) => serves === kind),
      ),
    }))
  })
}

function tableOf(report: Report, rows: readonly Result[]): string[][] {
  const references = referencesOf(report, rows)
  const hasAnswers = rows.some(({ answeredInTime }) => answeredInTime !== undefined)
  const header = ['', 'ops/s', 'min', 'max', 'p50', 'p99', 'CPU/op', 'RSS MiB', 'foreign']
  return [
    [...header, ...(hasAnswers ? ['in time'] : []), ...references.map((name) => `/ ${name}`)],
    ...rows.map((row) => [
      ...[row.contestant, rate(row.opsPerSecond), rate(row.min), rate(row.max)],
      ...[duration(row.p50Us), duration(row.p99Us), duration(row.cpuUsPerOp)],
      ...[row.rssMiB.toFixed(0), percent(row.foreignLoad)],
      ...(hasAnswers ? [String(row.answeredInTime ?? '-')] : []),
      ...references.map((reference) => ratioText(report, row, reference)),
    ]),
  ]
}

/** Those that the rows have ratios to, in the report's order. */
function referencesOf({ ratios }: Report, rows: readonly Result[]): string[] {
  const names = rows.flatMap(({ workload, contestant }) =>
    ratios
      .filter((ratio) => ratio.workload === workload && ratio.contestant === contestant)
      .map(({ reference }) => reference),
  )
  return [...new Set(names)]
}

function ratioText({ ratios }: Report, row: Result, reference: string): string {
  const found = ratios.find(
    (ratio) =>
      ratio.workload === row.workload &&
      ratio.contestant === row.contestant &&
      ratio.reference === reference,
  )
  return found?.ratio.toFixed(2) ?? '-'
}
