// What a suite found, case by case: counted, told while it runs, and kept as JSON for comparing two runs.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** @param {(line: string) => void} write */
export function createResults(write) {
  const cases = []
  const add = (result, name, { count = 1, detail = '' } = {}) => {
    if (count === 0) return
    cases.push({ result, name, count, detail })
    if (result !== 'passed') write(`${result} ${name}${detail && `: ${firstLines(detail)}`}`)
  }
  const total = (result) =>
    cases.filter((one) => one.result === result).reduce((sum, { count }) => sum + count, 0)
  return {
    passed: (name, more) => add('passed', name, more),
    failed: (name, more) => add('failed', name, more),
    skipped: (name, more) => add('skipped', name, more),
    /** Passed if `detail` is empty. */
    check: (name, detail) => add(detail ? 'failed' : 'passed', name, { detail: detail || '' }),
    note: write,
    get failures() {
      return total('failed')
    },
    get summary() {
      return `${total('passed')} passed ${total('failed')} failed ${total('skipped')} skipped`
    },
    save: (folder, about) =>
      writeFileSync(join(folder, 'results.json'), JSON.stringify({ ...about, cases }, null, 1)),
  }
}

function firstLines(text) {
  const lines = text.trim().split('\n')
  return [...lines.slice(0, 12), ...(lines.length > 12 ? ['...'] : [])]
    .join('\n    ')
    .slice(0, 2000)
}
