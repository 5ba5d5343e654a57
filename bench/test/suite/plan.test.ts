// Which measurements a run makes, and in which order.

import t from 'tap'
import { allContestants } from '../../dist/contestants/all-contestants.js'
import { chosen, planCells } from '../../dist/suite/plan.js'
import { ALL_WORKLOADS } from '../../dist/workloads/all-workloads.js'

const contestants = allContestants()

const planned = (workloads: readonly string[], peers: readonly string[], rounds: number) =>
  planCells(
    chosen(ALL_WORKLOADS, workloads, 'workload'),
    chosen(contestants, peers, 'contestant'),
    rounds,
  ).map(({ round, workload, contestant }) => `${round} ${workload.name} ${contestant.name}`)

t.test('names are unique', async (t) => {
  for (const list of [ALL_WORKLOADS, contestants]) {
    const names = list.map(({ name }) => name)
    t.same([...new Set(names)], names)
  }
})

t.test('contestants take turns within a round, and each round begins with another', async (t) => {
  t.same(planned(['getattr-4', 'stat-1'], ['libfuse-mt', 'fuseloop-ring-sync'], 2), [
    '0 getattr-4 libfuse-mt',
    '0 getattr-4 fuseloop-ring-sync',
    '0 stat-1 libfuse-mt',
    '0 stat-1 fuseloop-ring-sync',
    '1 getattr-4 fuseloop-ring-sync',
    '1 getattr-4 libfuse-mt',
    '1 stat-1 fuseloop-ring-sync',
    '1 stat-1 libfuse-mt',
  ])
})

t.test('who cannot do what a workload asks has no row in it', async (t) => {
  const rows = (workload: string, peer: string) => planned([workload], [peer], 1).length
  t.equal(rows('stat-1', 'native'), 0, 'a directory has no trivial filesystem')
  t.equal(rows('start-1', 'native'), 0, 'where there is no daemon, none starts')
  t.equal(rows('await1ms-64', 'fuseloop-ring-sync'), 0, 'sync handlers do not await')
  t.equal(rows('await1ms-64', 'libfuse-mt'), 1, 'but C is what awaiting is compared with')
  t.equal(rows('stat-1', 'fuseloop-ring-sync-w2'), 0, 'numbers of workers only where they matter')
  t.equal(rows('cpu100us-4', 'fuseloop-ring-sync-w2'), 1)
  t.equal(planned(['idle-1'], ['libfuse-mt'], 5).length, 1, 'idling is watched once')
})

t.test('unknown names are refused', async (t) => {
  t.throws(() => planned(['nonsense'], [], 1), { message: /no such workload: nonsense/ })
})
