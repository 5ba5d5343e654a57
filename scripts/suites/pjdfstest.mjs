// pjdfstest (C and sh): what POSIX says of names, modes, owners and times, asked call by call.
// Each file runs in a directory of its own. Its TAP decides; a `# TODO` that fails counts as skipped.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** rename/09 and rename/10 make two thousand calls each, several processes a call. */
const FILE_SECONDS = 900
/** The files spend their time in starting processes, not in the filesystem. */
const JOBS = 3

export const pjdfstest = {
  needs: (built) => [join(built, 'pjdfstest'), join(built, 'tests')],
  async run({ built, path, run, results, filter }) {
    const tests = join(built, 'tests')
    const names = readdirSync(tests, { recursive: true })
      .filter((name) => name.endsWith('.t') && name.includes(filter))
      .sort()
    await run('chmod', ['0755', path])
    const next = names.values()
    const work = async () => {
      for (const name of next) await runFile(name)
    }
    await Promise.all(Array.from({ length: JOBS }, work))

    async function runFile(name) {
      const folder = join(path, name.replace(/\W/g, '-'))
      await run('mkdir', [folder])
      const options = { cwd: folder, seconds: FILE_SECONDS }
      const { output, code, signal } = await run('sh', [join(tests, name)], options)
      count(results, name, output, signal ?? code)
    }
  },
}

function count(results, name, output, end) {
  const lines = output.split('\n')
  const assertions = lines.filter((line) => /^(not )?ok\b/.test(line))
  const isTodo = (line) => /# (TODO|SKIP)/i.test(line)
  const isGood = (line) => line.startsWith('ok')
  const bad = assertions.filter((line) => !isGood(line) && !isTodo(line))
  results.passed(name, { count: assertions.filter(isGood).length })
  results.skipped(name, {
    count: assertions.filter((line) => !isGood(line) && isTodo(line)).length,
  })
  for (const line of bad) results.failed(name, { detail: line })
  const plan = lines.map((line) => /^1\.\.(\d+)/.exec(line)?.[1]).find(Boolean)
  if (Number(plan) !== assertions.length || end !== 0) {
    const detail = `ended with ${end} after ${assertions.length} of ${plan} assertions`
    results.failed(name, { detail: `${detail}\n${lines.slice(-5).join('\n')}` })
  }
}
