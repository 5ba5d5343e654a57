import t from 'tap'
import { longestDeadline } from '../../dist/session/kernel-timeout.js'

for (const [defaultS, mostS, limitMs] of [
  [0, 0, undefined],
  [60, 0, 45_000],
  [0, 60, 45_000],
  [60, 40, 30_000],
  [40, 60, 30_000],
  // The kernel takes nothing shorter than 15 s.
  [1, 0, 11_250],
  [60, 5, 11_250],
] as const) {
  t.test(`default_request_timeout ${defaultS}, max_request_timeout ${mostS}`, async (t) => {
    const sysctl = (name: string): number => (name === 'max_request_timeout' ? mostS : defaultS)
    t.equal(longestDeadline(0, sysctl), limitMs)
  })
}

t.test('what INIT asks for takes the place of the default, and is capped as it', async (t) => {
  const sysctl = (defaultS: number, mostS: number) => (name: string) =>
    name === 'max_request_timeout' ? mostS : defaultS
  t.equal(longestDeadline(100, sysctl(60, 0)), 75_000)
  t.equal(longestDeadline(100, sysctl(0, 40)), 30_000)
  t.equal(longestDeadline(20, sysctl(60, 40)), 15_000)
})
