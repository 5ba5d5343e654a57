// What the demonstration prints: a line for each step, a table of what was served, how to look at the mount.

import { join } from 'node:path'

/**
 * Prints the step's name when it starts, so that one that hangs can be seen, and its result behind.
 * @param {() => Promise<string | undefined>} action gives a remark
 */
export async function runStep(name, signal, action) {
  signal.throwIfAborted()
  const started = performance.now()
  const finish = (text) => {
    const seconds = ((performance.now() - started) / 1000).toFixed(2)
    console.log(`${seconds.padStart(6)} s  ${text}`)
  }
  process.stdout.write(`  ${name.padEnd(14)}`)
  try {
    const remark = await action()
    finish(remark ? `ok   ${remark}` : 'ok')
  } catch (error) {
    finish(signal.aborted ? 'stopped' : `FAILED   ${error.message.split('\n', 1)[0]}`)
    throw new Error(`${name} failed`, { cause: error })
  }
}

/** @param {import('../../packages/daemon/dist/index.js').SessionStatus} status */
export function describeStatus({ operations, workers, counters }) {
  const { requests, forgets, wakes, refusedReplies } = counters
  return [
    'Served, in microseconds from reading a request to its answer',
    '',
    ...table([
      ['operation', 'count', 'p50', 'p99', 'max'],
      ...operations.map(({ name, count, p50Us, p99Us, maxUs }) => [
        name,
        count,
        p50Us,
        p99Us,
        maxUs,
      ]),
    ]),
    '',
    ...table([
      ['worker', ...workers.map(({ worker }) => worker)],
      ['served', ...workers.map(({ served }) => served)],
    ]),
    '',
    ...table([
      ['total', 'requests', 'forgets', 'wakes', 'refused'],
      ['', requests, forgets, wakes, refusedReplies],
    ]),
  ].join('\n')
}

/** @param {import('./place.mjs').Place} place */
export function describeKeep({ mountpoint, source }) {
  return [
    'It stays mounted until Ctrl-C. In another terminal:',
    '',
    `  ls -l ${quote(mountpoint)}`,
    `  cat ${quote(join(mountpoint, 'clone', 'executable.sh'))}`,
    '  grep fuseloop /proc/mounts',
    '',
    `What is written there goes to ${source}`,
  ].join('\n')
}

/** Rows as lines: the first column to the left, the others, numbers, to the right. */
function table(rows) {
  return rows.map(([first, ...others]) => {
    const columns = others.map((value) => cell(value).padStart(10))
    return `  ${first.padEnd(14)}${columns.join('')}`.trimEnd()
  })
}

function cell(value) {
  return typeof value === 'number' ? String(Math.round(value)) : value
}

/** For a shell, when it must be. */
function quote(path) {
  return /^[\w/.-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}
