// SIGINT and SIGTERM: the first unmounts and lets the process end as the signal would have ended it, a second
// ends the connection by force.

import type { MountSession } from './mount-session.js'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

export function shutDownOnSignals(session: MountSession): void {
  let seen = 0
  const onSignal = (signal: NodeJS.Signals): void => {
    seen += 1
    const ending = seen === 1 ? session.shutdown() : session.abort()
    ending.then(
      () => endAs(signal),
      (error: unknown) => {
        process.exitCode = 1
        process.stderr.write(`fuseloop: ${String(error)}\n`)
      },
    )
  }
  const stopListening = (): void => {
    for (const signal of SIGNALS) process.removeListener(signal, onSignal)
  }
  const endAs = (signal: NodeJS.Signals): void => {
    stopListening()
    // Others listen too: then the process's end is theirs to decide.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  void session.closed.then(() => setImmediate(stopListening))
}
