// SIGINT, SIGTERM and SIGHUP: the first shuts all mounts of this process down and lets it end as the signal would have
// ended it, or with EXIT_CODE_LOST; a second ends the connections by force.

import type { MountSession } from './mount-session.js'
import { EXIT_CODE_LOST } from './session-end.js'
import { guardSignals, signalSeen } from './signal-guard.js'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** One listener for all: Node warns of more than ten. */
const SESSIONS = new Set<MountSession>()
let signalsSeen = 0
/** Of any session of this process. */
let isAnythingLost = false

export function shutDownOnSignals(session: MountSession): void {
  if (SESSIONS.size === 0) for (const signal of SIGNALS) process.on(signal, onSignal)
  SESSIONS.add(session)
  guardSignals(session, SIGNALS)
  void session.closed.then(({ lost }) => {
    isAnythingLost ||= lost.length > 0
    // Not before whoever waits for the signal's end has been told of it.
    setImmediate(() => forget(session))
  })
}

function forget(session: MountSession): void {
  if (SESSIONS.delete(session) && SESSIONS.size === 0) stopListening()
}

function stopListening(): void {
  for (const signal of SIGNALS) process.removeListener(signal, onSignal)
  signalsSeen = 0
}

function onSignal(signal: NodeJS.Signals): void {
  signalsSeen += 1
  signalSeen()
  const isFirst = signalsSeen === 1
  const endings = [...SESSIONS].map((session) => (isFirst ? session.shutdown() : session.abort()))
  void Promise.all(endings).then(() => endAs(signal))
}

function endAs(signal: NodeJS.Signals): void {
  stopListening()
  SESSIONS.clear()
  if (isAnythingLost) process.exitCode = EXIT_CODE_LOST
  // Others listen too: then the process's end is theirs to decide.
  if (process.listenerCount(signal) > 0) return
  if (isAnythingLost) process.exit()
  process.kill(process.pid, signal)
}
