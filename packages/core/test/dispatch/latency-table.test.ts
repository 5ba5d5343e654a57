import { createLatencies, LatencyRecorder, readLatencies } from '@fuseloop/core/dispatch'
import { Opcode } from '@fuseloop/core/protocol'
import * as fc from 'fast-check'
import t from 'tap'

function recorded(times: readonly number[]) {
  const latencies = createLatencies(1)
  const recorder = new LatencyRecorder(latencies, 0)
  for (const time of times) recorder.record(Opcode.READ, time)
  const [summary] = readLatencies(latencies)
  if (summary === undefined) throw new Error('nothing was counted')
  return summary
}

t.test('what was never served is in no summary', async (t) => {
  t.same(readLatencies(createLatencies(3)), [])
})

t.test(
  'quantiles are at most 3.2 % above the exact ones, never below; the longest is exact',
  async () => {
    const time = fc.double({ min: 64, max: 2 ** 39, noNaN: true })
    await fc.assert(
      fc.property(fc.array(time, { minLength: 1, maxLength: 300 }), (times) => {
        const { count, p50Ns, p99Ns, maxNs } = recorded(times)
        const sorted = [...times].sort((a, b) => a - b)
        const isNear = (given: number, share: number): boolean => {
          const exact = sorted[Math.ceil(sorted.length * share) - 1] as number
          return given >= exact && given <= exact * (1 + 1 / 31)
        }
        const isOrdered = p50Ns <= p99Ns && p99Ns <= maxNs
        return (
          count === times.length &&
          maxNs === sorted.at(-1) &&
          isOrdered &&
          isNear(p50Ns, 0.5) &&
          isNear(p99Ns, 0.99)
        )
      }),
      { seed: 51 },
    )
  },
)

t.test('times out of the range are counted too', async (t) => {
  t.match(recorded([0]), { count: 1, p50Ns: 0, p99Ns: 0, maxNs: 0 })
  t.match(recorded([1, 2, 63]), { count: 3, p50Ns: 63, maxNs: 63 })
  const day = 86_400e9
  t.match(recorded([1000, day, day]), { count: 3, p50Ns: day, p99Ns: day, maxNs: day })
})

t.test('workers count for themselves, and a successor goes on with its seat', async (t) => {
  const latencies = createLatencies(64)
  for (const [worker, time] of [
    [0, 1000],
    [63, 1000],
    [63, 5000],
  ] as const)
    new LatencyRecorder(latencies, worker).record(Opcode.WRITE, time)
  new LatencyRecorder(latencies, 7).record(Opcode.STATX, 2000)
  t.match(readLatencies(latencies), [
    { opcode: Opcode.WRITE, count: 3, maxNs: 5000 },
    { opcode: Opcode.STATX, count: 1, maxNs: 2000 },
  ])
})
