// stress-ng's stressors of class filesystem, one at a time with --verify. Several fail on any filesystem of this machine,
// so what counts is the comparison: `--against` the results on ext4.

import { join } from 'node:path'

const SECONDS = 20
/** What stress-ng ends with where a stressor cannot run here (stress-ng(1), EXIT STATUS). */
const NO_RESOURCE = 3
const NOT_IMPLEMENTED = 4

export const stressNg = {
  needs: () => ['stress-ng'],
  async run(suite) {
    const { output } = await suite.run('stress-ng', ['--class', 'filesystem?'])
    const names = output
      .slice(output.indexOf(':') + 1)
      .trim()
      .split(/\s+/)
    const next = names.filter((name) => name.includes(suite.filter)).values()
    const work = async () => {
      for (const name of next) await stressor(suite, name)
    }
    await Promise.all([work(), work()])
  },
}

async function stressor({ path, run, results, scale }, name) {
  const folder = join(path, `stress-${name}`)
  await run('mkdir', [folder])
  const time = Math.max(2, Math.ceil(SECONDS * scale))
  const args = [`--${name}`, '1', '-t', `${time}`, '--verify', '--temp-path', folder]
  const { code, signal, output } = await run('stress-ng', args, { cwd: folder, seconds: time + 90 })
  const told = output
    .split('\n')
    .filter((line) => !/dispatching hogs|setting to|successful run|defaulting/.test(line))
    .map((line) => line.replace(/\[\d+\]/g, ''))
  if (code === NO_RESOURCE || code === NOT_IMPLEMENTED)
    results.skipped(`stress-ng ${name}`, { detail: told.join('\n') })
  else results.check(`stress-ng ${name}`, code === 0 ? '' : [signal ?? code, ...told].join('\n'))
  const removed = await run('rm', ['-rf', folder])
  results.check(`stress-ng ${name}: removed`, removed.code === 0 ? '' : removed.output)
}
