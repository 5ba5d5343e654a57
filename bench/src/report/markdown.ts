// The results as a section of a document, between two markers, so that only figures that a run printed stand there.

import { machineText, methodText, missingTexts } from './prose.js'
import type { Report } from './report.js'
import { resultTables } from './table.js'

const BEGIN = '<!-- results: written by npm run bench -->'
const END = '<!-- end of results -->'

/** @returns the document with the results of this report between its markers, or with both at its end */
export function withResults(document: string, report: Report): string {
  const section = `${BEGIN}\n${markdownReport(report)}\n${END}`
  const begin = document.indexOf(BEGIN)
  const end = document.indexOf(END)
  if (begin < 0 || end < begin) return `${document.trimEnd()}\n\n${section}\n`.trimStart()
  return document.slice(0, begin) + section + document.slice(end + END.length)
}

function markdownReport(report: Report): string {
  return [
    machineText(report),
    methodText(report),
    ...resultTables(report).map(({ title, table }) => `### ${title}\n\n${markdownTable(table)}`),
    ...missingTexts(report).map((text) => `* ${text}`),
  ].join('\n\n')
}

function markdownTable([header = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const rule = header.map((_, column) => (column === 0 ? '---' : '---:'))
  return [line(header), line(rule), ...rows.map(line)].join('\n')
}
