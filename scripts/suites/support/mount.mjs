// The loopback example mounted over a directory by the command, as a user would, in a process of its own.
// Its end is forced where it does not come: by aborting the connection of this very mount, then detaching.

import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { root } from '../../lib/workspace.mjs'
import { command } from './command.mjs'

const PROGRAM = join(root, 'packages', 'daemon', 'bin', 'fuseloop.js')
const CONNECTIONS = '/sys/fs/fuse/connections'
const START_SECONDS = 30
const END_SECONDS = 20

/**
 * @param {{ source: string, mountpoint: string, workers: number, transport: string, log: string, set?: string[], signal: AbortSignal }} order
 * @returns {Promise<{ abort: () => void, release: () => Promise<string | undefined> }>} `release` tells what went wrong
 */
export async function mountLoopback({
  source,
  mountpoint,
  workers,
  transport,
  log,
  set = [],
  signal,
}) {
  const output = openSync(log, 'a')
  const settings = [`source=${source}`, ...set].flatMap((setting) => ['--set', setting])
  const options = [
    '-o',
    'allow_other,default_permissions',
    '--workers',
    `${workers}`,
    '--transport',
    transport,
  ]
  const args = ['mount', 'loopback', mountpoint, '--foreground', ...settings, ...options]
  // Detached, so that the terminal's ^C reaches the runner only, which ends the mount when its clients have ended.
  const stdio = ['ignore', output, output]
  const daemon = spawn(process.execPath, [PROGRAM, ...args], { stdio, detached: true })
  closeSync(output)
  const hasEnded = () => daemon.exitCode !== null || daemon.signalCode !== null
  const isMounted = () => minorOf(mountpoint) !== undefined
  await waitFor(() => signal.aborted || hasEnded() || isMounted(), START_SECONDS)
  const minor = minorOf(mountpoint)
  const abort = () => abortConnection(minor, mountpoint)
  const end = () => release({ daemon, hasEnded, mountpoint, abort })
  if (minor !== undefined) return { abort, release: end }
  await end()
  signal.throwIfAborted()
  throw new Error(`the loopback did not mount; ${log} says:\n${readFileSync(log, 'utf8')}`)
}

async function release({ daemon, hasEnded, mountpoint, abort }) {
  const died = hasEnded() && 'the daemon ended before it was told to'
  daemon.kill('SIGTERM')
  const inTime = await waitFor(hasEnded, END_SECONDS)
  if (!inTime) {
    abort()
    await waitFor(hasEnded, END_SECONDS)
    daemon.kill('SIGKILL')
  }
  if (minorOf(mountpoint) !== undefined)
    await command('umount', ['-l', mountpoint], { seconds: 10 })
  return died || (inTime ? undefined : 'the daemon did not end on SIGTERM')
}

/** The number of the mount's connection: the minor of its device (proc(5), mountinfo). */
function minorOf(mountpoint) {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
  const line = lines.findLast((line) => line.split(' ')[4] === mountpoint)
  return line?.split(' ')[2].split(':')[1]
}

/** The kernel reuses numbers, so the mount must still be the one that had it. */
function abortConnection(minor, mountpoint) {
  if (minorOf(mountpoint) !== minor) return
  try {
    writeFileSync(`${CONNECTIONS}/${minor}/abort`, '1')
  } catch {
    // It is gone already, or fusectl is not mounted; the detaching that follows needs neither.
  }
}

async function waitFor(condition, seconds) {
  for (const end = Date.now() + 1000 * seconds; !condition(); await delay(50)) {
    if (Date.now() > end) return false
  }
  return true
}
