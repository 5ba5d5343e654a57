// For signals that come while main is stuck: it may wait for its own mount, or, with loop single, run a handler that
// does not return. A native thread then ends the mounts, and at last the process by the signal itself.

import { constants } from 'node:os'
import { loadNativeBinding } from '@fuseloop/native'
import type { MountSession } from './mount-session.js'

let isGuarding = false

/** After main has begun to listen for the signals. */
export function guardSignals(session: MountSession, signals: readonly NodeJS.Signals[]): void {
  loadNativeBinding().guardSignals(signals.map((signal) => constants.signals[signal]))
  session.endBySignals()
  isGuarding = true
}

/** Main has got a signal, and sees to it. */
export function signalSeen(): void {
  if (isGuarding) loadNativeBinding().signalsHandled()
}
