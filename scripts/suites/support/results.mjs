// What a suite found, case by case: counted, told while it runs, and kept as JSON for comparing two runs.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Names of what failed in the run that left its results in a folder. */
export function failuresOf(folder) {
  if (folder === undefined) return new Set()
  const { cases } = JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8'))
  return new Set(cases.filter(({ result }) => result === 'failed').map(({ name }) => name))
}

/**
 * @param {(line: string) => void} write
 * @param {Set<string>} excused cases that fail beneath as well
 */
export function createResults(write, excused) {
  const cases = []
  const add = (found, name, { count = 1, detail: told = '' } = {}) => {
    if (count === 0) return
    const isExcused = found === 'failed' && excused.has(name)
    const result = isExcused ? 'skipped' : found
    const detail = isExcused ? `fails beneath too: ${told}` : told
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
    get isEmpty() {
      return cases.length === 0
    },
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
