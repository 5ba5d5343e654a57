// The report as one page: charts, tables and configurations, without scripts and without network.

import { drawCharts } from './charts.js'
import { escapeHtml, htmlTable } from './html-table.js'
import { machineText, methodText, missingTexts } from './prose.js'
import type { Report } from './report.js'
import { resultTables } from './table.js'

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; color: #1f2933; max-width: 1180px; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.25rem; margin-top: 2.5rem } h3 { font-size: 1rem; margin: 1.5rem 0 .3rem }
p { max-width: 46rem } figure { margin: 0 } figure svg { max-width: 100%; height: auto } .table { overflow-x: auto }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums }
th, td { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid #e4e7eb; white-space: nowrap }
th:first-child, td:first-child { text-align: left; padding-left: 0 } th { color: #52606d; font-weight: 600 }
`

export async function htmlReport(report: Report): Promise<string> {
  const charts = await drawCharts(report)
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>fuseloop: benchmarks</title>
<style>${STYLE}</style>
<h1>fuseloop: benchmarks</h1>
<p>${escapeHtml(machineText(report))}</p>
<p>${escapeHtml(methodText(report))}</p>
${charts.map(({ title, text, svg }) => `<h2>${escapeHtml(title)}</h2><p>${escapeHtml(text)}</p><figure>${svg}</figure>`).join('\n')}
<h2>All figures</h2>
${resultTables(report)
  .map(({ title, table }) => `<h3>${escapeHtml(title)}</h3>${htmlTable(table)}`)
  .join('\n')}
<h2>Configurations</h2>
${htmlTable(configurationTable(report))}
${missingTexts(report)
  .map((text) => `<p>${escapeHtml(text)}</p>`)
  .join('\n')}
</html>
`
}

function configurationTable({ configurations }: Report): string[][] {
  const rows = Object.entries(configurations).map(
    ([name, { workers, entries, cpuMask, flags }]) => [
      name,
      workers === null ? '-' : String(workers),
      entries === null ? '-' : String(entries),
      cpuMask,
      flags.join(' '),
    ],
  )
  return [['', 'workers', 'entries', 'CPUs', 'flags'], ...rows]
}
