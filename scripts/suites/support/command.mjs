// Commands of a suite: each has a deadline and a process group of its own, because a client whose request is never
// answered survives SIGKILL and is only set free by ending the connection it waits for.

import { spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'

/** What a killed group gets before `onStuck` is asked to set it free. */
const GRACE_MS = 5000

/**
 * Runs a command to its end. With `cwd` it is env(1) that changes there, so that this process never waits for the mount.
 * @param {{ cwd?: string, env?: object, seconds?: number, input?: string, signal?: AbortSignal, onStuck?: () => void }} [options]
 * @returns {Promise<{ code: number | undefined, signal: string | undefined, isLate: boolean, output: string, stdout: string, seconds: number }>}
 * @throws the signal's reason, once the command has been ended for it
 */
export async function command(program, args = [], options = {}) {
  const { cwd, env, input } = options
  options.signal?.throwIfAborted()
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
  const ended = endOf(child)
  const isLate = await endInTime(child, ended, options)
  options.signal?.throwIfAborted()
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

/** Resolves with code and signal; a program that cannot be started has its error's code in place of a signal. */
function endOf(child) {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve([undefined, error.code]))
    // 'close', not 'exit': what it has left behind may still hold the pipes, and counts as running.
    child.once('close', (...end) => resolve(end))
  })
}

/** Resolves with whether it had to be ended by force. */
async function endInTime(child, ended, options) {
  const { seconds = 300, signal, onStuck = () => undefined } = options
  if (await settlesWithin(ended, 1000 * seconds, signal)) return false
  killGroup(child.pid)
  if (!(await settlesWithin(ended, GRACE_MS))) {
    onStuck()
    await settlesWithin(ended, GRACE_MS)
  }
  return true
}

async function settlesWithin(promise, ms, signal) {
  const timer = new AbortController()
  const signals = [timer.signal, ...(signal ? [signal] : [])]
  const late = delay(ms, false, { signal: AbortSignal.any(signals) }).catch(() => false)
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
