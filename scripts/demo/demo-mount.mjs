// The mount of the demonstration: made, taken down in any case, and described when it hangs.

import { setTimeout as delay } from 'node:timers/promises'
import { inspect } from 'node:util'
import { ProgramHang } from './programs.mjs'

const shutdownMs = 10_000

/** @param {import('./place.mjs').Place} place */
export async function mountLoopback(place, workers) {
  const { mount } = await loadDaemon()
  return await mount('loopback', place.mountpoint, {
    loop: 'multi',
    workers,
    set: { source: place.source },
    handleSignals: false,
  })
}

/** Not imported at the top: it exists only after the set-up, and only on Linux. */
async function loadDaemon() {
  try {
    return await import('../../packages/daemon/bundle/index.js')
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new Error('not built yet; npm start builds first', { cause: error })
  }
}

/** Unmounts; by force when a program is stuck on the mount or the end does not come. */
export async function dismantle(session, isStuck) {
  if (!session) return
  if (!isStuck && (await inTime(session.shutdown()))) return
  if (!(await inTime(session.abort()))) throw new Error('the mount does not end')
}

async function inTime(promise) {
  const tooLate = new AbortController()
  const timer = delay(shutdownMs, false, { signal: tooLate.signal }).catch(() => false)
  try {
    return await Promise.race([promise.then(() => true), timer])
  } finally {
    tooLate.abort()
  }
}

/** The text for an error of a step: what is known of the processes and of the session when something hung. */
export function explainFailure({ message, cause }, session) {
  if (!(cause instanceof ProgramHang)) return `\nstart: ${message}`
  const lines = [`\nstart: ${message}, ending the mount by force`, ...cause.waiting]
  try {
    const { counters, workers } = session.status()
    lines.push(...[counters, ...workers].map((figures) => inspect(figures, { breakLength: 120 })))
  } catch (error) {
    lines.push(error.message)
  }
  return lines.join('\n  ')
}
