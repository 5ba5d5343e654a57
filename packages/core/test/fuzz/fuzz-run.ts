// How fuzz tests run: the same messages every time, unless the environment asks for others or for more.
// FUSELOOP_FUZZ_SEED: an integer. FUSELOOP_FUZZ_RUNS: how many times as many runs.

import * as fc from 'fast-check'

const SEED = Number(process.env['FUSELOOP_FUZZ_SEED'] ?? 20260714)
const FACTOR = Number(process.env['FUSELOOP_FUZZ_RUNS'] ?? 1)

/** fast-check's report names the counterexample; what runs it again stands below it. */
export async function fuzz<Given>(property: fc.IAsyncProperty<Given>, runs: number): Promise<void> {
  try {
    const settings = { seed: SEED, numRuns: runs * FACTOR, includeErrorInReport: true }
    await fc.assert(property, settings)
  } catch (error) {
    const again = `FUSELOOP_FUZZ_SEED=${SEED} FUSELOOP_FUZZ_RUNS=${FACTOR}`
    throw new Error(`${(error as Error).message}\nrun again with ${again}`, { cause: error })
  }
}
