// Programs made for measuring that check what they read: dbench and bonnie++ (Debian). Only whether they succeed counts.

import { join } from 'node:path'

const DBENCH_SECONDS = 20
const DBENCH_LOAD = '/usr/share/dbench/client.txt'

const VARIANTS = {
  plain: [],
  xattrs: ['-x'],
  fsync: ['-F'],
}

export const dbench = {
  needs: () => ['dbench', DBENCH_LOAD],
  async run({ path, run, results, scale, filter }) {
    for (const [name, more] of Object.entries(VARIANTS)) {
      if (!name.includes(filter)) continue
      const folder = join(path, `dbench-${name}`)
      await run('mkdir', [folder])
      const seconds = Math.max(2, DBENCH_SECONDS * scale)
      const args = ['-c', DBENCH_LOAD, '-t', `${seconds}`, '-D', folder, ...more, '8']
      const { code, signal, output } = await run('dbench', args, { seconds: 300 })
      const isGood = code === 0 && /Throughput/.test(output) && !/^\[\d+\]|ERROR/m.test(output)
      const lines = output.split('\n').filter((line) => !/^\s*\d+\s+\d+.*latency/.test(line))
      results.check(`dbench ${name}`, isGood ? '' : `${signal ?? code}\n${lines.join('\n')}`)
    }
  },
}

export const bonnie = {
  needs: () => ['bonnie++'],
  async run({ path, run, results, scale, filter }) {
    const megabytes = Math.max(16, Math.ceil(1024 * scale))
    const files = Math.max(1, Math.ceil(16 * scale))
    const data = ['-s', `${megabytes}`, '-r', `${megabytes >> 1}`]
    const cases = {
      data: [...data, '-n', '0'],
      files: ['-s', '0', '-n', `${files}`],
      'files of many sizes': ['-s', '0', '-n', `${files}:65536:1:4`],
      synchronized: ['-s', '0', '-n', '1', '-b'],
    }
    for (const [name, more] of Object.entries(cases)) {
      if (!name.includes(filter)) continue
      const args = ['-d', path, '-u', 'root', '-q', ...more]
      const { code, signal, output } = await run('bonnie++', args, { seconds: 900 })
      results.check(`bonnie++ ${name}`, code === 0 ? '' : `${signal ?? code}\n${output}`)
    }
  },
}
