// SIGINT, SIGTERM and SIGHUP as the command takes them: a first one asks, a second one forces.

import { signalSeen } from '../session/signal-guard.js'

export const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** npm and npx pass on a Ctrl-C that the terminal has delivered already; both are one press. */
const SAME_PRESS_MS = 500

export class StopSignals {
  readonly first: Promise<void>
  readonly second: Promise<void>

  /** Listens from now to the process's end. */
  constructor() {
    let onFirst: () => void = () => undefined
    let onSecond: () => void = () => undefined
    this.first = new Promise((resolve) => {
      onFirst = resolve
    })
    this.second = new Promise((resolve) => {
      onSecond = resolve
    })
    let firstAt: number | undefined
    const onSignal = (): void => {
      signalSeen()
      if (firstAt !== undefined && performance.now() - firstAt > SAME_PRESS_MS) onSecond()
      firstAt ??= performance.now()
      onFirst()
    }
    for (const signal of SIGNALS) process.on(signal, onSignal)
  }
}
