// docs/semantics.md: each row of its tables is a promise, and names the tests that show it.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../lib/workspace.mjs'

const DOCUMENT = 'docs/semantics.md'
const ROW = /^\|(.*)\|([^|]*)\|$/
const TEST = /^`([a-z]+\/test\/[\w./-]+\.test\.ts)`$/

/** What is wrong with the promises, one line each. */
export function brokenPromises() {
  const lines = readFileSync(join(root, DOCUMENT), 'utf8').split('\n')
  return lines.flatMap((line, index) => {
    const [, promise, tests] = ROW.exec(line) ?? []
    if (promise === undefined || /^-+\|?$/.test(promise) || promise.trim() === 'promise') return []
    return faultsOf(tests.trim()).map((fault) => `${DOCUMENT}:${index + 1}: ${fault}`)
  })
}

function faultsOf(tests) {
  if (tests === '') return ['the promise names no test']
  return tests.split(/\s+/).flatMap((name) => {
    const path = TEST.exec(name)?.[1]
    if (path === undefined) return [`${name} is no path of a test below packages/`]
    return existsSync(join(root, 'packages', path)) ? [] : [`there is no test ${path}`]
  })
}
