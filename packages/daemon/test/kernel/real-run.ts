// Starts the process that runs the cases on the real kernel, and clears up after it however it ends.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { abortConnection, connectionOf, detachMounts } from '../support/mount-environment.js'
import { makePlace } from '../support/mount-place.js'
import { within } from '../support/wait-until.js'
import type { Json } from './kernel-under-test.js'

const REAL_MAIN = fileURLToPath(new URL('./real-main.js', import.meta.url))

interface Observed {
  readonly name: string
  readonly observation: Json
}

/** Observations by the names of cases. @throws when the process misses its deadline */
export async function observeRealKernel(deadlineMs: number): Promise<ReadonlyMap<string, Json>> {
  const root = makePlace()
  const mountpoint = join(root, 'mnt')
  const child = fork(REAL_MAIN, [mountpoint])
  const clear = () => clearUp(child, mountpoint)
  const stopClearing = clearAtSuddenEnd(clear)
  const observations = new Map<string, Json>()
  child.on('message', (message) => {
    const { name, observation } = message as Observed
    observations.set(name, observation)
  })
  try {
    await within('the real kernel under test', once(child, 'close'), deadlineMs)
    return observations
  } finally {
    stopClearing()
    clear()
    rmSync(root, { recursive: true, force: true })
  }
}

function clearUp(child: ChildProcess, mountpoint: string): void {
  child.kill('SIGKILL')
  const connection = connectionOf(mountpoint)
  if (connection !== undefined) abortConnection(connection)
  detachMounts(mountpoint)
}

/** tap ends a test that is late by SIGALRM or SIGTERM. @returns what takes the precaution back */
function clearAtSuddenEnd(clear: () => void): () => void {
  const signals = ['SIGTERM', 'SIGALRM', 'SIGINT', 'SIGHUP'] as const
  const handler = (signal: NodeJS.Signals): void => {
    clear()
    stop()
    process.kill(process.pid, signal)
  }
  const stop = (): void => {
    for (const signal of signals) process.off(signal, handler)
  }
  for (const signal of signals) process.once(signal, handler)
  return stop
}
