// fsstress (xfstests): eight processes do random operations in one tree. None may fail or hang, the tree beneath is the
// one that the mount shows, and it can be removed.

import { join } from 'node:path'
import { differences } from './support/trees.mjs'

const OPERATIONS = 5000
const SEEDS = [1, 2, 3]

export const fsstress = {
  needs: (built) => [join(built, 'fsstress'), 'getfattr', 'getfacl'],
  async run(suite) {
    const seeds = SEEDS.filter((seed) => `seed ${seed}`.includes(suite.filter))
    for (const seed of seeds) await oneSeed(suite, seed)
  },
}

async function oneSeed({ built, path, beneath, run, results, scale }, seed) {
  const name = `fsstress seed ${seed}`
  const folder = join(path, `stress-${seed}`)
  await run('mkdir', [folder])
  const count = Math.ceil(OPERATIONS * scale)
  const args = ['-p', '8', '-n', `${count}`, '-s', `${seed}`, '-d', folder]
  const { code, signal, output } = await run(join(built, 'fsstress'), args, { seconds: 900 })
  results.check(name, code === 0 ? '' : `ended with ${signal ?? code}\n${output}`)
  results.check(
    `${name}: same beneath`,
    await differences(run, folder, join(beneath, `stress-${seed}`), { times: true }),
  )
  const removed = await run('rm', ['-rf', folder])
  results.check(`${name}: removed`, removed.code === 0 ? '' : removed.output)
}
