// SIGINT, SIGTERM and SIGHUP: the first shuts the mount down and lets the process end as the signal would have ended it,
// or with EXIT_CODE_LOST; a second ends the connection by force.

import type { MountSession } from './mount-session.js'
import { EXIT_CODE_LOST } from './session-end.js'
import { guardSignals, signalSeen } from './signal-guard.js'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** Of any session of this process. */
let isAnythingLost = false

export function shutDownOnSignals(session: MountSession): void {
  let seen = 0
  const onSignal = (signal: NodeJS.Signals): void => {
    seen += 1
    signalSeen()
    const ending = seen === 1 ? session.shutdown() : session.abort()
    void ending.then(() => endAs(signal))
  }
  const stopListening = (): void => {
    for (const signal of SIGNALS) process.removeListener(signal, onSignal)
  }
  const endAs = (signal: NodeJS.Signals): void => {
    stopListening()
    if (isAnythingLost) process.exitCode = EXIT_CODE_LOST
    // Others listen too: then the process's end is theirs to decide.
    if (process.listenerCount(signal) > 0) return
    if (isAnythingLost) process.exit()
    process.kill(process.pid, signal)
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  guardSignals(session, SIGNALS)
  void session.closed.then(({ lost }) => {
    isAnythingLost ||= lost.length > 0
    setImmediate(stopListening)
  })
}
