// Commands of a suite: each has a deadline and a process group of its own, because a client whose request is never
// answered survives SIGKILL and is only set free by ending the connection it waits for.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'

/** What a killed group gets before `onStuck` is asked to set it free. */
const GRACE_MS = 5000

/**
 * Runs a command to its end. With `cwd` it is env(1) that changes there, so that this process never waits for the mount.
 * @param {{ cwd?: string, env?: object, seconds?: number, input?: string, onStuck?: () => void }} [options]
 * @returns {Promise<{ code: number | undefined, signal: string | undefined, isLate: boolean, output: string, stdout: string, seconds: number }>}
 */
export async function command(program, args = [], options = {}) {
  const { cwd, env, seconds = 300, input, onStuck = () => undefined } = options
  const [file, ...rest] = cwd ? ['env', '-C', cwd, program, ...args] : [program, ...args]
  const started = Date.now()
  const child = spawn(file, rest, {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C', ...env },
  })
  const text = { all: '', stdout: '' }
  child.stdout.setEncoding('utf8').on('data', (piece) => {
    text.stdout += piece
    text.all += piece
  })
  child.stderr.setEncoding('utf8').on('data', (piece) => {
    text.all += piece
  })
  child.stdin.on('error', () => undefined).end(input)
  const failed = once(child, 'error').then(([error]) => [undefined, error.code])
  // 'close', not 'exit': what it has left behind may still hold the pipes, and counts as running.
  const ended = Promise.race([once(child, 'close'), failed])
  const isLate = await endInTime(child, ended, seconds, onStuck)
  const [code, signal] = isLate ? [undefined, 'deadline'] : await ended
  return {
    code: code ?? undefined,
    signal: signal ?? undefined,
    isLate,
    output: text.all,
    stdout: text.stdout,
    seconds: (Date.now() - started) / 1000,
  }
}

/** Resolves with whether it had to be ended by force. */
async function endInTime(child, ended, seconds, onStuck) {
  if (await settlesWithin(ended, 1000 * seconds)) return false
  killGroup(child.pid)
  if (!(await settlesWithin(ended, GRACE_MS))) {
    onStuck()
    await settlesWithin(ended, GRACE_MS)
  }
  return true
}

async function settlesWithin(promise, ms) {
  const timer = new AbortController()
  const late = delay(ms, false, { signal: timer.signal }).catch(() => false)
  const isSettled = await Promise.race([promise.then(() => true), late])
  timer.abort()
  return isSettled
}

function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}

/** The same, for what a suite cannot do without. @returns its stdout @throws when it fails */
export async function mustRun(program, args, options) {
  const { code, signal, output, stdout } = await command(program, args, options)
  if (code === 0) return stdout
  const line = `${program} ${args.join(' ').slice(0, 100)}`
  throw new Error(`ended with ${signal ?? code}: ${line}\n${output}`)
}
