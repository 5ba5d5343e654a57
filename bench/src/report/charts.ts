// The charts of a report, drawn to SVG while the page is written: it needs no script and no network.

import { Error as ERROR_LEVEL, logger, parse, View } from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import type { Report, Result } from './report.js'
import { scalingPoints } from './scaling.js'

export interface Chart {
  readonly title: string
  /** How to read it. */
  readonly text: string
  readonly svg: string
}

const FONT = 'system-ui, sans-serif'
const CONFIG: TopLevelSpec['config'] = {
  font: FONT,
  view: { stroke: null },
  axis: { grid: true, gridColor: '#e4e7eb', domain: false, ticks: false, labelColor: '#52606d' },
  header: { labelFontWeight: 600, labelFontSize: 12, labelAnchor: 'start', title: null },
  legend: { titleColor: '#52606d', labelLimit: 260, orient: 'bottom', columns: 4 },
}

/** Those for which the report has figures. */
export async function drawCharts(report: Report): Promise<Chart[]> {
  const charts = [
    ratioChart(report, 'libfuse-mt', "Speed beside libfuse's multithreaded loop in C"),
    ratioChart(report, 'passthrough-ll', "Loopbacks beside libfuse's passthrough_ll in C"),
    latencyChart(report),
    scalingChart(report),
  ]
  return await Promise.all(charts.filter((chart) => chart !== undefined).map(draw))
}

interface Drawing extends Omit<Chart, 'svg'> {
  readonly spec: TopLevelSpec
}

async function draw({ title, text, spec }: Drawing): Promise<Chart> {
  // Facets share their data: its warnings are about those that do not.
  const quiet = logger(ERROR_LEVEL)
  const compiled = compile({ ...spec, config: CONFIG } as TopLevelSpec, { logger: quiet })
  const view = new View(parse(compiled.spec), { renderer: 'none' })
  try {
    return { title, text, svg: await view.toSVG() }
  } finally {
    view.finalize()
  }
}

function ratioChart(report: Report, reference: string, title: string): Drawing | undefined {
  const values = report.ratios.filter(
    (ratio) => ratio.reference === reference && !isScaled(ratio.contestant),
  )
  if (values.length === 0) return undefined
  return {
    title,
    text: `Operations a second as a multiple of ${reference}, in the same run; the line is 1. Longer is better.`,
    spec: {
      data: { values: [...values] },
      facet: { field: 'workload', sort: orderOf(values, 'workload') },
      columns: 4,
      spec: {
        width: 200,
        height: { step: 15 },
        layer: [
          { mark: { type: 'bar', cornerRadiusEnd: 2 }, encoding: ratioBars(values) },
          {
            mark: { type: 'rule', color: '#52606d', strokeDash: [3, 3] },
            encoding: { x: { datum: 1 } },
          },
          { mark: { type: 'text', align: 'left', dx: 4 }, encoding: ratioLabels(values) },
        ],
      },
      resolve: { scale: { x: 'independent', y: 'independent' } },
    } as TopLevelSpec,
  }
}

type Named = { readonly workload: string; readonly contestant: string }

const contestants = (values: readonly Named[]) => ({
  field: 'contestant',
  sort: orderOf(values, 'contestant'),
  title: null,
})

const ratioBars = (values: readonly Named[]) => ({
  y: contestants(values),
  x: { field: 'ratio', type: 'quantitative', title: null, axis: { tickCount: 4 } },
  color: { ...contestants(values), legend: null, scale: { scheme: 'tableau20' } },
})

const ratioLabels = (values: readonly Named[]) => ({
  y: contestants(values),
  x: { field: 'ratio', type: 'quantitative' },
  text: { field: 'ratio', type: 'quantitative', format: '.2f' },
})

function latencyChart({ results }: Report): Drawing | undefined {
  const values = results.filter(
    ({ workload, contestant }) =>
      !isScaled(contestant) && !/^(idle|start|stuck|endpoint)-/.test(workload),
  )
  if (values.length === 0) return undefined
  return {
    title: 'Latency',
    text: 'From the median (dot) to the 99th percentile (end of the line), in microseconds. Further left is better.',
    spec: {
      data: { values: values.map(withFloor) },
      facet: { field: 'workload', sort: orderOf(values, 'workload') },
      columns: 4,
      spec: {
        width: 200,
        height: { step: 15 },
        encoding: { y: contestants(values) },
        layer: [
          {
            mark: { type: 'rule', strokeWidth: 3, opacity: 0.5 },
            encoding: { ...latencyAxis, x2: { field: 'p99Us' }, color: latencyColor(values) },
          },
          {
            mark: { type: 'point', filled: true, size: 60, opacity: 1 },
            encoding: { ...latencyAxis, color: latencyColor(values) },
          },
        ],
      },
      resolve: { scale: { x: 'independent', y: 'independent' } },
    } as TopLevelSpec,
  }
}

const latencyAxis = {
  x: {
    field: 'p50Us',
    type: 'quantitative',
    scale: { type: 'log' },
    title: null,
    axis: { tickCount: 4, format: '~s' },
  },
}

const latencyColor = (values: readonly Named[]) => ({
  ...contestants(values),
  legend: null,
  scale: { scheme: 'tableau20' },
})

/** A logarithmic axis has no 0. */
const withFloor = (result: Result): Result => ({
  ...result,
  p50Us: Math.max(result.p50Us, 0.01),
  p99Us: Math.max(result.p99Us, 0.01),
})

function scalingChart(report: Report): Drawing | undefined {
  const points = scalingPoints(report)
  if (points.length === 0) return undefined
  return {
    title: 'Where more workers help',
    text: 'Operations a second as a multiple of those with one worker; both axes are logarithmic.',
    spec: {
      data: { values: points },
      facet: { field: 'workload', sort: orderOf(points, 'workload') },
      columns: 4,
      spec: {
        width: 200,
        height: 150,
        mark: { type: 'line', point: true },
        encoding: {
          x: {
            field: 'workers',
            type: 'quantitative',
            scale: { type: 'log', base: 2 },
            axis: { values: [1, 2, 4, 8, 16] },
          },
          y: {
            field: 'gain',
            type: 'quantitative',
            scale: { type: 'log', base: 2 },
            title: 'to 1 worker',
          },
          color: { field: 'family', title: null, scale: { scheme: 'tableau10' } },
        },
      },
    } as TopLevelSpec,
  }
}

function isScaled(contestant: string): boolean {
  return /-w\d+$/.test(contestant)
}

function orderOf<K extends string>(values: readonly Record<K, unknown>[], key: K): unknown[] {
  return [...new Set(values.map((value) => value[key]))]
}
