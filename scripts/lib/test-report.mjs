// Turns tap's TAP into what a person reads: a line per file, failures in full, skips with their
// reason, and counts of single assertions. tap-parser raises `result` for these at any depth, and
// `assert` for files only; a file that failed with no failed assertion counts as one.

import { inspect } from 'node:util'
import { Parser } from 'tap-parser'

const noTests = 'no tests found'
/** Comments of tap's own. */
const ofTap = /^# (Subtest: |time=|(failed|skip|todo) )/
const uninteresting = /^(stdio|cwd|externalID|command|args|isToplevel|typeName|jobId|buffered)$/

export function createTestReport(write) {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  const failures = []
  const parser = new Parser()
  let file
  let failedBefore = 0
  let violations = []

  parser.on('child', (child) => {
    child.on('complete', ({ failures }) => noteViolations(failures))
    child.on('child', collectComments)
  })
  parser.on('assert', (result) => {
    file = result
    const good = result.ok && !isEmptyFile(result)
    if (!good && counts.failed === failedBefore) failFile(result)
    failedBefore = counts.failed
    write(`${good ? 'ok  ' : 'FAIL'} ${sourceOf(result.name)}${duration(result.time)}`)
  })
  parser.on('result', (result) => {
    if (result === file) return
    if (result.skip || result.todo) skip(result)
    else if (result.ok) counts.passed += 1
    else fail(nameOf(result), result.diag)
  })
  parser.on('bailout', (reason) => fail('the tests bailed out', { reason }))
  return { parser, counts, failures }

  /** What a test that has failed says besides: the log of its daemon, the stacks of what hangs. */
  function collectComments(test) {
    let comments = ''
    test.on('comment', (line) => {
      if (!ofTap.test(line)) comments += `    ${line}`
    })
    test.on('child', collectComments)
    test.on('complete', ({ ok }) => {
      if (!ok && comments !== '') write(comments.trimEnd())
    })
  }

  // Of a plan that was not kept, for example: no assertion tells of it.
  function noteViolations(results) {
    violations = results.map(({ tapError }) => tapError).filter(Boolean)
  }

  function failFile({ name, diag, skip }) {
    const { exitCode, signal } = diag ?? {}
    fail(sourceOf(name), skip ? { reason: skip } : { violations, exitCode, signal })
  }

  function fail(name, diagnostics) {
    counts.failed += 1
    const report = `\nFAIL ${name}\n${details(diagnostics ?? {})}`
    failures.push(report)
    write(report)
  }

  function skip(result) {
    counts.skipped += 1
    const [word, reason] = result.skip ? ['SKIP', result.skip] : ['TODO', result.todo]
    write(`${word} ${nameOf(result)}${typeof reason === 'string' && reason ? `: ${reason}` : ''}`)
  }
}

function isEmptyFile(result) {
  return result.skip === noTests
}

function nameOf({ fullname, name }) {
  return sourceOf(fullname.endsWith(name) ? fullname : `${fullname} > ${name}`)
}

/** dist-test/a/b.test.js -> test/a/b.test.ts, the file to open. */
function sourceOf(text) {
  return text.replaceAll('/dist-test/', '/test/').replaceAll('.test.js', '.test.ts')
}

function duration(timeMs) {
  return timeMs ? ` (${(timeMs / 1000).toFixed(2)} s)` : ''
}

function details(diagnostics) {
  return Object.entries(diagnostics)
    .filter(([key]) => !uninteresting.test(key))
    .map(([key, value]) => `${key}:${textOf(value)}`.replace(/^/gm, '    '))
    .join('\n')
}

function textOf(value) {
  if (typeof value !== 'string') return ` ${inspect(value, { depth: 6, breakLength: 96 })}`
  const text = value.trimEnd()
  return text.includes('\n') ? `\n${text}`.replaceAll('\n', '\n  ') : ` ${text}`
}
