import t from 'tap'
import { RestartBudget } from '../../dist/pool/restart-budget.js'

t.test('as many as allowed within any 60 s', async (t) => {
  let now = 0
  const budget = new RestartBudget(2, () => now)
  t.same([budget.spend(), budget.spend(), budget.spend()], [true, true, false])
  now = 59_999
  t.equal(budget.spend(), false)
  now = 60_000
  t.same([budget.spend(), budget.spend(), budget.spend()], [true, true, false])
})

t.test('none at all', async (t) => {
  t.equal(new RestartBudget(0).spend(), false)
})
