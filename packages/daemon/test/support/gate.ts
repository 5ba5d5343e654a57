// Handlers that wait until the test lets them go, by a file beside that of their events: the two share nothing else.
// What is to happen meanwhile has all the time that the machine needs.

import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const word = new Int32Array(new SharedArrayBuffer(4))
const STEP_MS = 5

/** @param events the option of that name */
const gateOf = (events: string, name: string): string => `${events}.${name}`

/** Nobody waits for a test that has ended and taken its folder away. */
const isShut = (events: string, name: string): boolean =>
  !existsSync(gateOf(events, name)) && existsSync(dirname(events))

/** Lets all handlers go that wait at this gate. */
export function openGateOf(events: string, name: string): void {
  writeFileSync(gateOf(events, name), '')
}

/** The same of a test's mount, or session. */
export function openGate({ root }: { readonly root: string }, name: string): void {
  openGateOf(join(root, 'events'), name)
}

/** Blocks the thread. */
export function blockUntilOpen(events: string, name: string): void {
  while (isShut(events, name)) Atomics.wait(word, 0, 0, STEP_MS)
}

export async function untilOpen(events: string, name: string): Promise<void> {
  while (isShut(events, name)) await delay(STEP_MS)
}
