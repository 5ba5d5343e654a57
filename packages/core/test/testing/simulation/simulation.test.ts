// Random schedules of a session with several workers, slow handlers, signals and lost replies: whatever the
// order, the daemon keeps its contract. A failing list of choices is shrunk by fast-check and replays exactly.

import {
  type Choices,
  ContractError,
  listedChoices,
  Simulation,
  type SimulationOptions,
  seededChoices,
} from '@fuseloop/core/testing'
import fc from 'fast-check'
import t from 'tap'
import { PausedTree } from './paused-tree.js'
import { randomClients } from './random-client.js'

const SEED = Number(process.env['FUSELOOP_FUZZ_SEED'] ?? 20)
const RUNS = Number(process.env['FUSELOOP_FUZZ_RUNS'] ?? 150)
const FAULTS = ['interrupt', 'kill', 'drop', 'resend'] as const

function treeSimulation(choices: Choices, more: Partial<SimulationOptions> = {}): Simulation {
  const tree = new PausedTree()
  return new Simulation({
    choices,
    handlers: (_worker, simulation) => tree.handlers(simulation),
    clients: randomClients(3, 12),
    slotCount: 4,
    ...more,
  })
}

t.test('any schedule keeps the contract', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(0xffff), { maxLength: 600 }), async (list) => {
      await treeSimulation(listedChoices(list)).run()
    }),
    { seed: SEED, numRuns: RUNS },
  )
  t.pass(`${RUNS} schedules`)
})

t.test('signals, clients that die, replies in vain and RESEND keep it too', async (t) => {
  for (let seed = SEED; seed < SEED + RUNS; seed++) {
    const simulation = treeSimulation(seededChoices(seed), { faults: FAULTS, faultRarity: 3 })
    try {
      await simulation.run()
    } catch (error) {
      t.fail(`seed ${seed}: ${error}`)
      return
    }
  }
  t.pass(`${RUNS} seeds`)
})

t.test('the same choices give the same run, to the last event', async (t) => {
  const runs = []
  for (let run = 0; run < 2; run++) {
    const simulation = treeSimulation(seededChoices(4711), { faults: FAULTS })
    await simulation.run()
    runs.push({ history: simulation.history, trace: simulation.session.kernel.trace(200) })
  }
  t.ok((runs[0]?.history.length ?? 0) > 100, 'much has happened')
  t.same(runs[0], runs[1])
  const other = treeSimulation(seededChoices(4712), { faults: FAULTS })
  await other.run()
  t.notSame(other.history, runs[0]?.history)
})

t.test('a run that nobody can end is told as such', async (t) => {
  const simulation = new Simulation({
    choices: listedChoices([]),
    handlers: () => ({ getattr: () => new Promise(() => undefined) }),
    clients: [async ({ session }) => void (await session.send(session.request.getattr(1)))],
  })
  await t.rejects(simulation.run(), { message: '1 requests wait and nothing can happen any more' })
})

/** Goes wrong in some interleavings: when a later request is done before an earlier one. */
function racing(list: readonly number[]): Simulation {
  let started = 0
  let done = 0
  return new Simulation({
    choices: listedChoices(list),
    handlers: (_worker, simulation) => ({
      getattr: async () => {
        started += 1
        const turn = started
        await simulation.pause()
        const isOvertaken = turn < done
        done = Math.max(done, turn)
        return { mode: isOvertaken ? 0o100644 : 0o040755 }
      },
    }),
    clients: Array.from({ length: 3 }, (_, id) => async (simulation: Simulation) => {
      const { request } = simulation.session
      for (let round = 0; round < 3; round++) {
        await simulation.pause(`client ${id}`)
        await simulation.send(request.getattr(1))
      }
    }),
  })
}

t.test('a failing schedule shrinks to a short one, which replays', async (t) => {
  const property = fc.asyncProperty(fc.array(fc.nat(99), { maxLength: 200 }), async (list) => {
    await racing(list).run()
  })
  const outcome = await fc.check(property, { seed: SEED, numRuns: 200 })
  t.equal(outcome.failed, true)
  const [list] = outcome.counterexample ?? [[]]
  t.ok(list.length > 0 && list.length < 20, `shrunk to ${JSON.stringify(list)}`)
  const errors = []
  for (let run = 0; run < 2; run++)
    errors.push(
      await racing(list)
        .run()
        .catch((error) => error),
    )
  const [first, second] = errors
  t.ok(first instanceof ContractError)
  t.match(first.message, /^nodeid type change: node 1 changed its type from 40000 to 100000/)
  t.equal(first.message, second.message, 'with the same trace')
})
