// The names of the benchmark suite, as tables of docs/performance.md.

import { allContestants } from '../../bench/dist/contestants/all-contestants.js'
import { ALL_WORKLOADS } from '../../bench/dist/workloads/all-workloads.js'

const SERVED = {
  trivial: 'the trivial filesystem',
  directory: 'a directory',
  endpoint: 'requests of an in-process device',
}

export const BENCH_TABLES = { workloads, contestants }

function workloads() {
  const rows = ALL_WORKLOADS.map(({ name, title, work, serves, isQuick }) => [
    `\`${name}\``,
    String(work.threads),
    title,
    serves.join(', '),
    isQuick ? 'yes' : '',
  ])
  return table(['workload', 'clients', 'one operation', 'filesystems', '`--quick`'], rows)
}

/** Those that differ in the number of workers share a row. */
function contestants() {
  const families = new Map()
  for (const contestant of allContestants()) {
    const [, family = contestant.name, workers] = /^(.*?)(?:-w(\d+))?$/.exec(contestant.name)
    const row = families.get(family) ?? { contestant, isAlone: false, workers: [] }
    if (workers === undefined) row.isAlone = true
    else row.workers.push(workers)
    families.set(family, row)
  }
  const rows = [...families].map(([family, { contestant, isAlone, workers }]) => [
    [
      ...(isAlone ? [`\`${family}\``] : []),
      ...workers.map((count, index) =>
        isAlone || index > 0 ? `\`-w${count}\`` : `\`${family}-w${count}\``,
      ),
    ].join(', '),
    contestant.role,
    SERVED[contestant.serves],
    contestant.flags.filter((flag) => !flag.startsWith('libfuse=')).join(', '),
  ])
  return table(['name', 'role', 'serves', 'flags'], rows)
}

function table(header, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [header, header.map(() => '---'), ...rows].map(line).join('\n')
}
