// Waiting for a condition, never for a time.

import { setTimeout as delay } from 'node:timers/promises'

const STEP_MS = 10
/** Of what never comes: a machine that is busy, or stands still for a while, is no reason. */
const DEADLINE_MS = 40_000

/** Resolves with the first truthy value of `look`. @throws when there is none within `deadlineMs` */
export async function waitUntil<V>(
  what: string,
  look: () => V | Promise<V>,
  deadlineMs = DEADLINE_MS,
): Promise<NonNullable<V>> {
  const end = performance.now() + deadlineMs
  for (;;) {
    const value = await look()
    if (value) return value
    if (performance.now() > end) throw new Error(`waited ${deadlineMs} ms in vain until ${what}`)
    await delay(STEP_MS)
  }
}

/** Settles as `promise` does. @throws when it has not within `deadlineMs` */
export async function within<V>(
  what: string,
  promise: Promise<V>,
  deadlineMs: number,
  onLate: () => string = () => '',
): Promise<V> {
  const timer = new AbortController()
  const late = delay(deadlineMs, undefined, { signal: timer.signal }).then(
    () => {
      throw new Error(`${what} took longer than ${deadlineMs} ms\n${onLate()}`)
    },
    () => undefined as never,
  )
  try {
    return await Promise.race([promise, late])
  } finally {
    timer.abort()
  }
}
