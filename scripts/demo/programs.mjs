// Runs a program with a deadline. It gets a process group of its own, so that all it started ends with it.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'

const deadlineMs = 60_000

/** A program that did not end in time; `waiting` tells where each of its processes is. */
export class ProgramHang extends Error {
  constructor(command, waiting) {
    super(`${command} did not end within ${deadlineMs / 1000} s`)
    this.waiting = waiting
  }
}

/**
 * @param {import('./place.mjs').Place} place
 * @param {AbortSignal} signal ends programs early
 * @returns {(directory: string, program: string, ...args: string[]) => Promise<string>} runs a program in
 * a directory and gives its output; rejects when it fails
 */
export function programRunner(place, signal) {
  const env = environment(place)
  return async (directory, program, ...args) => {
    // The shell changes the directory: spawn() would do it while this thread waits for exec(2).
    const script = 'cd -- "$1" && shift && exec "$@"'
    const child = spawn('/bin/sh', ['-c', script, 'sh', directory, program, ...args], {
      cwd: '/',
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return await finish(child, [program, ...args], signal)
  }
}

async function finish(child, [program, ...args], signal) {
  const command = [program, ...args.filter((argument) => /^[a-z]+$/.test(argument))].join(' ')
  const outputs = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8')
    child[name].on('data', (text) => {
      outputs[name] += text
    })
  }
  const deadline = AbortSignal.timeout(deadlineMs)
  try {
    const [code, killer] = await once(child, 'close', {
      signal: AbortSignal.any([deadline, signal]),
    })
    if (code === 0) return outputs.stdout
    throw new Error(firstLine(outputs, program) ?? `${command} ended with ${killer ?? code}`)
  } catch (error) {
    if (error.name !== 'AbortError') throw error
    const hang = signal.aborted ? error : new ProgramHang(command, await whereIs(child.pid))
    endGroup(child.pid)
    throw hang
  }
}

function environment(place) {
  const own = Object.entries(process.env).filter(([name]) => !/^(GIT_|npm_)/.test(name))
  return {
    ...Object.fromEntries(own),
    HOME: place.home,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: 'fuseloop',
    GIT_AUTHOR_EMAIL: 'demo@fuseloop.invalid',
    GIT_COMMITTER_NAME: 'fuseloop',
    GIT_COMMITTER_EMAIL: 'demo@fuseloop.invalid',
  }
}

function firstLine({ stdout, stderr }, program) {
  const lines = (text) => text.split('\n').filter((line) => line.trim() !== '')
  const line = lines(stdout).find((each) => each.endsWith(': FAILED')) ?? lines(stderr)[0]
  return line?.startsWith(program) ? line : line && `${program}: ${line}`
}

function endGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // They have ended meanwhile.
  }
}

/** A line for each process of the group: name, state, and the kernel function it sleeps in. */
async function whereIs(group) {
  const lines = []
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    try {
      // Not cmdline: reading it takes locks that a process stuck on a mount may hold.
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
      const [, name, state, processGroup] = /\((.*)\) (\w) \d+ (\d+)/s.exec(stat)
      if (Number(processGroup) !== group) continue
      lines.push(
        `${name} (${pid}): state ${state}, in ${await readFile(`/proc/${pid}/wchan`, 'utf8')}`,
      )
    } catch {
      // It has ended meanwhile.
    }
  }
  return lines
}
