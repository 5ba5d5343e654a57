// The report as tables for a terminal.

import { machineText, methodText, missingTexts } from './prose.js'
import type { Report } from './report.js'
import { resultTables } from './table.js'

export function terminalReport(report: Report): string {
  const missing = missingTexts(report)
  return [
    `${machineText(report)}\n${methodText(report)}`,
    ...resultTables(report).map(({ title, table }) => `${title}\n${aligned(table)}`),
    ...(missing.length > 0 ? [missing.join('\n')] : []),
  ].join('\n\n')
}

function aligned(table: readonly (readonly string[])[]): string {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  )
  const pad = (cell: string, column: number): string =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)
  return table.map((row) => row.map(pad).join('  ')).join('\n')
}
