import t from 'tap'
import { planSession } from '../../dist/session/session-plan.js'

t.test('what is absent has defaults', async (t) => {
  const { resourceLimits, maxRestarts } = planSession('hello', '.', {})
  t.same([resourceLimits, maxRestarts], [{}, 60])
})

t.test('what is no limit is refused by name', async (t) => {
  const refused: [settings: object, message: RegExp][] = [
    [{ maxRestarts: -1 }, /maxRestarts: -1 is no whole number from 0/],
    [{ maxRestarts: 1.5 }, /maxRestarts: 1.5 is/],
    [{ resourceLimits: { heap: 1 } }, /resourceLimits: 'heap' is none of maxOldGenerationSizeMb/],
    [{ resourceLimits: { stackSizeMb: '4' } }, /resourceLimits.stackSizeMb: 4 is no number/],
    [{ resourceLimits: { stackSizeMb: 0 } }, /resourceLimits.stackSizeMb: 0 is no number/],
    [{ resourceLimits: 7 }, /resourceLimits: not an object/],
  ]
  for (const [settings, message] of refused)
    t.throws(() => planSession('hello', '.', settings), { code: 'ERR_FUSE_USAGE', message })
})
