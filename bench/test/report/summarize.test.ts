// From samples to what tables and charts show.

import t from 'tap'
import type { Contestant } from '../../dist/contestants/contestant.js'
import type { Report } from '../../dist/report/report.js'
import { scalingPoints } from '../../dist/report/scaling.js'
import { ratiosTo, summarize } from '../../dist/report/summarize.js'
import type { Sample } from '../../dist/suite/sample.js'

const contestant = (name: string, serves: Contestant['serves'] = 'trivial'): Contestant => ({
  ...{ name, serves, role: 'contestant', handlers: 'sync', onlyScaling: false, isQuick: true },
  ...{ workers: 1, entries: 1, flags: [], command: () => undefined },
})

const sample = (opsPerSecond: number, more: Partial<Sample> = {}): Sample => ({
  ...{ opsPerSecond, p50Us: 1, p99Us: 2, cpuUsPerOp: 3, rssMiB: 4, foreignLoad: 0 },
  ...more,
})

const row = (name: string, opsPerSecond: number, serves?: Contestant['serves']) =>
  summarize('getattr-4', contestant(name, serves), [sample(opsPerSecond)])

t.test('medians, with the least and the most', async (t) => {
  const odd = summarize('stat-4', contestant('a'), [sample(30), sample(10), sample(20)])
  t.match(odd, { opsPerSecond: 20, min: 10, max: 30, rounds: 3 })
  const even = summarize('stat-4', contestant('a'), [
    sample(40),
    sample(10),
    sample(20),
    sample(30),
  ])
  t.equal(even.opsPerSecond, 25)
})

t.test('the fewest answers and the most foreign load of all rounds', async (t) => {
  const result = summarize('stuck-12', contestant('a'), [
    sample(1, { answeredInTime: 12, foreignLoad: 0.1 }),
    sample(1, { answeredInTime: 7, foreignLoad: 0.5 }),
    sample(1, { answeredInTime: 11, foreignLoad: 0 }),
  ])
  t.match(result, { answeredInTime: 7, foreignLoad: 0.1, foreignLoadMax: 0.5 })
})

t.test('ratios are to references that serve the same, and to no row itself', async (t) => {
  const results = [
    row('libfuse-mt', 100),
    row('fuseloop', 150),
    row('native', 1000, 'directory'),
    row('loopback', 500, 'directory'),
  ]
  const references = [contestant('libfuse-mt'), contestant('native', 'directory')]
  t.same(ratiosTo(references, results), [
    { workload: 'getattr-4', contestant: 'fuseloop', reference: 'libfuse-mt', ratio: 1.5 },
    { workload: 'getattr-4', contestant: 'loopback', reference: 'native', ratio: 0.5 },
  ])
})

t.test('names that differ in -wN are one line of growth', async (t) => {
  const results = [row('ring-w1', 100), row('ring-w4', 300), row('ring', 200), row('other-w4', 9)]
  t.same(scalingPoints({ results } as unknown as Report), [
    { workload: 'getattr-4', family: 'ring', workers: 1, opsPerSecond: 100, gain: 1 },
    { workload: 'getattr-4', family: 'ring', workers: 4, opsPerSecond: 300, gain: 3 },
  ])
})
